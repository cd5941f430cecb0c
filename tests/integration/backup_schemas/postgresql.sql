CREATE ROLE "ฝ่าย บัญชี" NOLOGIN;
CREATE ROLE clerk LOGIN PASSWORD 'clerk''s' CONNECTION LIMIT 5;
GRANT "ฝ่าย บัญชี" TO clerk WITH ADMIN OPTION;
ALTER ROLE clerk SET work_mem = '8MB';
ALTER DATABASE erp SET statement_timeout = '1h';
ALTER ROLE clerk IN DATABASE erp SET search_path = 'sales', 'public';
REVOKE TEMPORARY ON DATABASE erp FROM PUBLIC;
CREATE SCHEMA sales AUTHORIZATION clerk;
CREATE TYPE public.state AS ENUM ('ใหม่', 'paid', 'it''s void');
CREATE DOMAIN public.positive AS numeric(12,2) CHECK (VALUE > 0);
CREATE TYPE public.pair AS (a integer, b text);
CREATE TABLE sales.customer (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name varchar(80) NOT NULL,
  kind varchar(10) NOT NULL DEFAULT 'a' CHECK (kind IN ('a', 'b')),
  state public.state DEFAULT 'ใหม่',
  credit public.positive,
  upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
  photo bytea,
  seen timestamptz DEFAULT now(),
  UNIQUE (name, kind)
);
INSERT INTO sales.customer (name, kind, credit, photo)
  SELECT 'ลูกค้า ' || i, CASE i % 2 WHEN 0 THEN 'a' ELSE 'b' END, i + 0.5, decode(md5(i::text), 'hex') FROM generate_series(1, 300) i;
CREATE TABLE public."ใบ สั่ง ""ซื้อ""" ("เลข ที่" bigserial PRIMARY KEY, "it's" text COLLATE "C", customer integer REFERENCES sales.customer ON DELETE CASCADE DEFERRABLE,
  total numeric, EXCLUDE USING btree ("it's" WITH =));
INSERT INTO public."ใบ สั่ง ""ซื้อ""" ("it's", customer, total) SELECT 'o' || i, i, i FROM generate_series(1, 50) i;
ALTER TABLE public."ใบ สั่ง ""ซื้อ""" ADD CONSTRAINT "ยอด > 0" CHECK (total > 0) NOT VALID;
CREATE TABLE public.entry (at date NOT NULL, account text, amount numeric, PRIMARY KEY (at, account)) PARTITION BY RANGE (at);
CREATE TABLE public.entry_2567 PARTITION OF public.entry FOR VALUES FROM ('2023-10-01') TO ('2024-10-01');
CREATE TABLE public.entry_2568 (amount numeric, account text NOT NULL, at date NOT NULL);
ALTER TABLE public.entry ATTACH PARTITION public.entry_2568 FOR VALUES FROM ('2024-10-01') TO ('2025-10-01');
CREATE INDEX entry_account ON public.entry (account) INCLUDE (amount) WHERE amount > 0;
INSERT INTO public.entry SELECT date '2023-10-01' + i, 'acc' || i % 7, i FROM generate_series(0, 600) i;
CREATE TABLE public.parent (a integer, b text);
CREATE TABLE public.child (c integer) INHERITS (public.parent);
ALTER TABLE public.parent ADD COLUMN d date DEFAULT '2026-01-01';
INSERT INTO public.child (a, b, c) VALUES (1, 'x', 2);
ALTER TABLE public.parent DROP COLUMN b;
CREATE INDEX customer_lower ON sales.customer (lower(name) text_pattern_ops, seen DESC NULLS LAST);
CREATE VIEW public.totals AS SELECT c.name, sum(o.total) AS total FROM sales.customer c
  JOIN public."ใบ สั่ง ""ซื้อ""" o ON o.customer = c.id WHERE c.kind IN ('a', 'b') AND o.total BETWEEN 1 AND 1000 GROUP BY c.name;
CREATE MATERIALIZED VIEW public.cached AS SELECT kind, count(*) FROM sales.customer GROUP BY kind;
CREATE UNIQUE INDEX cached_kind ON public.cached (kind);
CREATE SEQUENCE public.ticket START 100 INCREMENT 5 MAXVALUE 10000 CYCLE CACHE 3;
SELECT nextval('public.ticket'), nextval('public.ticket');
CREATE SEQUENCE public.untouched START 7;
CREATE FUNCTION public.bump() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN NEW.name := trim(NEW.name); RETURN NEW; END $body$;
CREATE FUNCTION public.add(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT a + b';
CREATE PROCEDURE public.purge(older date) LANGUAGE plpgsql AS $$ BEGIN DELETE FROM public.entry WHERE at < older; END $$;
CREATE AGGREGATE public.total_of (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE TRIGGER trim_name BEFORE INSERT OR UPDATE OF name ON sales.customer FOR EACH ROW WHEN (NEW.kind IN ('a', 'b')) EXECUTE FUNCTION public.bump();
CREATE TRIGGER off AFTER DELETE ON sales.customer FOR EACH ROW EXECUTE FUNCTION public.bump();
ALTER TABLE sales.customer DISABLE TRIGGER off;
CREATE TRIGGER every_part AFTER INSERT ON public.entry FOR EACH ROW EXECUTE FUNCTION public.bump();
ALTER TABLE public.entry DISABLE TRIGGER every_part;
CREATE RULE keep AS ON DELETE TO public.parent DO INSTEAD NOTHING;
ALTER TABLE sales.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON sales.customer FOR SELECT TO clerk, "ฝ่าย บัญชี" USING (kind IN ('a', 'b') AND name = current_user);
GRANT SELECT, INSERT ON sales.customer TO clerk WITH GRANT OPTION;
GRANT SELECT (name) ON sales.customer TO PUBLIC;
GRANT EXECUTE ON FUNCTION public.add TO clerk;
REVOKE EXECUTE ON FUNCTION public.add FROM PUBLIC;
REVOKE ALL ON public.totals FROM postgres;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales GRANT SELECT ON TABLES TO clerk;
ALTER DEFAULT PRIVILEGES FOR ROLE clerk REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER TABLE public.parent OWNER TO clerk;
CREATE FUNCTION public.noted() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE DEBUG '%', tg_tag; END $$;
CREATE EVENT TRIGGER noted ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.noted();
ALTER EVENT TRIGGER noted DISABLE;
SELECT lo_from_bytea(0, '\xdeadbeef');
