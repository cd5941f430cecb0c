-- What is asked of PostgreSQL's catalogue for a manifest: each query gives item and value, both text, for one database.
--
-- Asked with an empty search path, so that every name comes schema-qualified and quoted where it must be.
-- OURS stands for "not a schema of the system", OWN(catalogue, oid) for "not made by an extension": CREATE EXTENSION makes those
-- anew, in the version of the server that restores.

-- name: tables
SELECT c.oid::regclass::text, concat_ws(' ',
  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'foreign table' END,
  CASE c.relpersistence WHEN 'u' THEN 'unlogged' END, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
  CASE WHEN c.relrowsecurity THEN 'row security' END, CASE WHEN c.relforcerowsecurity THEN 'forced' END,
  'replica identity ' || c.relreplident::text, array_to_string(c.reloptions, ','),
  'inherits ' || (SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
    FROM pg_inherits i WHERE i.inhrelid = c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE OURS AND OWN(pg_class, c.oid) AND c.relkind IN ('r', 'p', 'f');

-- name: columns
SELECT c.oid::regclass::text, (
  SELECT string_agg(concat_ws(':', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END, pg_get_expr(d.adbin, d.adrelid),
      CASE a.attgenerated WHEN '' THEN NULL ELSE 'generated' END,
      CASE a.attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity by default' END,
      'collate ' || (SELECT o.collname FROM pg_collation o WHERE o.oid = a.attcollation AND o.collname <> 'default')),
    E'\n' ORDER BY CASE WHEN c.relispartition OR i.inhrelid IS NULL THEN a.attnum ELSE 0 END, a.attname)
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN (SELECT DISTINCT inhrelid FROM pg_inherits) i ON i.inhrelid = a.attrelid
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE OURS AND OWN(pg_class, c.oid) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c');

-- name: constraints
SELECT coalesce(nullif(k.conrelid, 0)::regclass::text, k.contypid::regtype::text) || '.' || quote_ident(k.conname),
  pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
WHERE OURS AND k.conparentid = 0 AND k.contype NOT IN ('t', 'n')
  AND OWN(pg_class, k.conrelid) AND OWN(pg_type, k.contypid);

-- name: indexes
SELECT c.oid::regclass::text, pg_get_indexdef(c.oid) || CASE WHEN i.indisclustered THEN ' clustered' ELSE '' END
  || CASE WHEN i.indisreplident THEN ' replica identity' ELSE '' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = i.indrelid
WHERE OURS AND (i.indisvalid OR r.relkind = 'p') AND OWN(pg_class, i.indrelid);

-- name: views
SELECT c.oid::regclass::text, concat_ws(' ', CASE c.relkind WHEN 'm' THEN 'materialized' END,
  CASE WHEN NOT c.relispopulated THEN 'not populated' END, array_to_string(c.reloptions, ','), pg_get_viewdef(c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE OURS AND OWN(pg_class, c.oid) AND c.relkind IN ('v', 'm');

-- name: routines
SELECT p.oid::regprocedure::text, CASE p.prokind WHEN 'a' THEN (
    SELECT concat_ws(' ', 'aggregate', format_type(p.prorettype, NULL), g.aggkind, g.aggtransfn, g.aggfinalfn,
      g.aggtranstype::regtype, g.agginitval, g.aggsortop::regoperator) FROM pg_aggregate g WHERE g.aggfnoid = p.oid)
  ELSE pg_get_functiondef(p.oid) END
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE OURS AND OWN(pg_proc, p.oid);

-- name: triggers
SELECT c.oid::regclass::text || '.' || quote_ident(t.tgname), pg_get_triggerdef(t.oid) || ' enabled ' || t.tgenabled::text
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE OURS AND NOT t.tgisinternal AND t.tgparentid = 0 AND OWN(pg_class, c.oid);

-- name: event triggers
SELECT quote_ident(v.evtname), concat_ws(' ', v.evtevent, v.evtfoid::regproc, 'enabled', v.evtenabled, v.evttags::text)
FROM pg_event_trigger v WHERE OWN(pg_event_trigger, v.oid);

-- name: rules
SELECT c.oid::regclass::text || '.' || quote_ident(r.rulename), pg_get_ruledef(r.oid) || ' enabled ' || r.ev_enabled::text
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE OURS AND r.rulename <> '_RETURN' AND OWN(pg_class, c.oid);

-- name: policies
SELECT c.oid::regclass::text || '.' || quote_ident(p.polname), concat_ws(' ', p.polcmd, p.polpermissive,
  (SELECT string_agg(coalesce(r.rolname, 'PUBLIC'), ',' ORDER BY r.rolname COLLATE "C")
    FROM unnest(p.polroles) AS o(oid) LEFT JOIN pg_roles r ON r.oid = o.oid),
  'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE OURS AND OWN(pg_class, c.oid);

-- name: types
SELECT t.oid::regtype::text, CASE t.typtype
  WHEN 'e' THEN 'enum ' || coalesce((SELECT string_agg(quote_literal(l.enumlabel), ',' ORDER BY l.enumsortorder)
    FROM pg_enum l WHERE l.enumtypid = t.oid), '')
  WHEN 'd' THEN concat_ws(' ', 'domain', format_type(t.typbasetype, t.typtypmod),
    CASE WHEN t.typnotnull THEN 'not null' END, t.typdefault)
  WHEN 'r' THEN 'range ' || (SELECT format_type(g.rngsubtype, NULL) FROM pg_range g WHERE g.rngtypid = t.oid)
  ELSE 'type' END
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE OURS AND OWN(pg_type, t.oid) AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'b' AND t.typelem = 0));

-- name: extensions
SELECT quote_ident(x.extname), 'schema ' || x.extnamespace::regnamespace::text FROM pg_extension x;

-- name: grants
-- Rights in order, the built-in ones spelled out, because a server and its restored twin write the same rights apart.
WITH granted (item, owner, kind, rights) AS (
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' ELSE 'relation ' END || c.oid::regclass::text,
    c.relowner, CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END, c.relacl
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE OURS AND OWN(pg_class, c.oid) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
  UNION ALL SELECT 'column ' || c.oid::regclass::text || '.' || quote_ident(a.attname), c.relowner, 'c', a.attacl
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE OURS AND OWN(pg_class, c.oid) AND a.attacl IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT 'schema ' || quote_ident(n.nspname), n.nspowner, 'n', n.nspacl
  FROM pg_namespace n WHERE OURS AND OWN(pg_namespace, n.oid)
  UNION ALL SELECT 'routine ' || p.oid::regprocedure::text, p.proowner, 'f', p.proacl
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE OURS AND OWN(pg_proc, p.oid)
  UNION ALL SELECT 'type ' || t.oid::regtype::text, t.typowner, 'T', t.typacl
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE OURS AND OWN(pg_type, t.oid) AND t.typtype IN ('e', 'd', 'r')
  UNION ALL SELECT 'database', d.datdba, 'd', d.datacl FROM pg_database d WHERE d.datname = current_database()
  UNION ALL SELECT concat_ws(' ', 'future', f.defaclobjtype, 'of', quote_ident(pg_get_userbyid(f.defaclrole)), 'in',
    coalesce(nullif(f.defaclnamespace, 0)::regnamespace::text, 'every schema')), f.defaclrole, 'r', f.defaclacl
  FROM pg_default_acl f
)
SELECT g.item, concat_ws('; ', 'owner ' || pg_get_userbyid(g.owner), x.lines) FROM granted g CROSS JOIN LATERAL (
  SELECT string_agg(y.line, ', ' ORDER BY y.line COLLATE "C") AS lines FROM (
    SELECT coalesce(r.rolname, 'PUBLIC') || '=' || a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END AS line
    FROM aclexplode(coalesce(g.rights, acldefault(g.kind::"char", g.owner))) a LEFT JOIN pg_roles r ON r.oid = a.grantee
  ) y
) x;

-- name: settings
SELECT 'encoding', pg_encoding_to_char(d.encoding) FROM pg_database d WHERE d.datname = current_database()
UNION ALL SELECT 'collation', concat_ws(' ', d.datcollate, d.datctype,
    coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'))
  FROM pg_database d WHERE d.datname = current_database()
UNION ALL SELECT 'connection limit', d.datconnlimit::text FROM pg_database d WHERE d.datname = current_database()
UNION ALL SELECT 'of ' || coalesce(nullif(s.setrole, 0)::regrole::text, 'everybody'),
    (SELECT string_agg(o.line, ', ' ORDER BY o.line COLLATE "C") FROM unnest(s.setconfig) AS o(line))
  FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database();

-- name: :tables
-- Tables that hold rows (a partitioned table's rows are in its partitions), with their columns in the order of names: a table
-- that inherits comes back with its columns in another order.
SELECT c.oid::regclass::text, coalesce((SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname)
  FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE OURS AND OWN(pg_class, c.oid) AND c.relkind = 'r' ORDER BY 1;

-- name: :sequences
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE OURS AND OWN(pg_class, c.oid) AND c.relkind = 'S' ORDER BY 1;

-- name: :roles
-- Of the whole server; the parameter is a private server's own superuser.
SELECT quote_ident(r.rolname), concat_ws(' ', CASE WHEN r.rolsuper THEN 'superuser' END,
  CASE WHEN NOT r.rolinherit THEN 'noinherit' END, CASE WHEN r.rolcreaterole THEN 'createrole' END,
  CASE WHEN r.rolcreatedb THEN 'createdb' END, CASE WHEN r.rolcanlogin THEN 'login' END,
  CASE WHEN r.rolreplication THEN 'replication' END, CASE WHEN r.rolbypassrls THEN 'bypassrls' END,
  CASE WHEN r.rolconnlimit >= 0 THEN 'connections ' || r.rolconnlimit END,
  CASE WHEN r.rolvaliduntil IS NOT NULL THEN 'until ' || r.rolvaliduntil END,
  'with ' || (SELECT string_agg(o.line, ', ' ORDER BY o.line COLLATE "C") FROM unnest(r.rolconfig) AS o(line)),
  'member of ' || (SELECT string_agg(quote_ident(g.rolname) || CASE WHEN m.admin_option THEN '*' ELSE '' END, ', '
    ORDER BY g.rolname COLLATE "C") FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid))
FROM pg_roles r WHERE r.rolname !~ '^pg_' AND r.rolname <> %s;

-- name: :sequence
SELECT concat_ws(' ', 'start', q.seqstart, 'by', q.seqincrement, 'from', q.seqmin, 'to', q.seqmax, 'cache', q.seqcache,
  CASE WHEN q.seqcycle THEN 'cycle' END)
FROM pg_sequence q WHERE q.seqrelid = %s::regclass;
