CREATE TABLE `ลูกค้า one` (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(80) NOT NULL DEFAULT 'ก\nข',
  kind enum('ใหม่', 'it''s', 'a,b') DEFAULT 'ใหม่',
  credit decimal(12,2) CHECK (credit > 0),
  doubled decimal(13,2) GENERATED ALWAYS AS (credit * 2) STORED,
  shown varchar(90) AS (concat(name, '!')) VIRTUAL,
  photo blob, flags bit(9) DEFAULT b'101', place point, extra json,
  ratio double, seen timestamp NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  UNIQUE KEY `by name` (name, kind), FULLTEXT KEY words (name), KEY `ยอด` (credit DESC)
) COMMENT='it''s, (a) `table`';
INSERT INTO `ลูกค้า one` (name, credit, photo, place, extra, ratio)
  SELECT concat('ลูกค้า ', seq), seq + 0.5, unhex(md5(seq)), point(seq, -seq), '{"a": [1, "ข"]}', seq / 7 FROM seq_1_to_300;
CREATE TABLE `ord``er "x"` (`no.` bigint PRIMARY KEY, customer int NOT NULL, `when` datetime(3), t text,
  CONSTRAINT `fk ลูกค้า` FOREIGN KEY (customer) REFERENCES `ลูกค้า one` (id) ON DELETE CASCADE,
  CONSTRAINT positive CHECK (`no.` > 0 AND customer <> 0));
INSERT INTO `ord``er "x"` SELECT seq, seq, '2026-01-01 00:00:00.123', concat('line\r\n\t\\', char(0), '''"', seq) FROM seq_1_to_50;
CREATE TABLE entry (at date NOT NULL, account int NOT NULL, amount float, PRIMARY KEY (at, account))
  PARTITION BY RANGE (year(at)) (PARTITION p2567 VALUES LESS THAN (2025), PARTITION rest VALUES LESS THAN MAXVALUE);
INSERT INTO entry SELECT '2024-06-01' + INTERVAL seq DAY, seq % 7, seq / 3 FROM seq_0_to_600;
CREATE TABLE kept (a int, b varchar(10)) WITH SYSTEM VERSIONING;
INSERT INTO kept VALUES (1, 'x'), (2, 'y');
UPDATE kept SET b = 'z' WHERE a = 1;
DELETE FROM kept WHERE a = 2;
CREATE TABLE old_log (a int KEY, t text) ENGINE=MyISAM DEFAULT CHARSET=tis620;
INSERT INTO old_log VALUES (1, 'ข้อความ');
CREATE TABLE aria_log (a int) ENGINE=Aria;
CREATE SEQUENCE ticket START 100 INCREMENT 5 CYCLE MAXVALUE 10000 CACHE 4;
SELECT nextval(ticket);
CREATE VIEW totals AS SELECT c.name, count(*) AS n FROM `ลูกค้า one` c JOIN `ord``er "x"` o ON o.customer = c.id WHERE c.kind IN ('ใหม่', 'a,b') GROUP BY c.name;
CREATE SQL SECURITY INVOKER VIEW `a on totals` AS SELECT * FROM totals WHERE n > 0;
CREATE VIEW checked AS SELECT * FROM entry WHERE amount >= 0 WITH CHECK OPTION;
CREATE FUNCTION plus_one(a int) RETURNS int DETERMINISTIC COMMENT 'บวก' RETURN a + 1;
DELIMITER //
CREATE PROCEDURE `ลบ old`(IN older date) BEGIN DELETE FROM entry WHERE at < older; SELECT 'done; really'; END //
CREATE TRIGGER first_of BEFORE INSERT ON entry FOR EACH ROW BEGIN SET NEW.amount = ifnull(NEW.amount, 0); END //
CREATE TRIGGER second_of BEFORE INSERT ON entry FOR EACH ROW FOLLOWS first_of SET NEW.amount = NEW.amount + 0 //
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 01:00:00' COMMENT 'ทุกคืน' DO BEGIN DELETE FROM entry WHERE at < '2000-01-01'; END //
DELIMITER ;
CREATE USER clerk@'%' IDENTIFIED BY 'clerk''s secret' WITH MAX_USER_CONNECTIONS 5;
CREATE USER 'เสมียน'@'10.0.0.%' IDENTIFIED VIA unix_socket ACCOUNT LOCK;
CREATE ROLE readers;
GRANT SELECT ON `erp%`.* TO readers;
GRANT readers TO clerk@'%' WITH ADMIN OPTION;
SET DEFAULT ROLE readers FOR clerk@'%';
GRANT SELECT (name), UPDATE (credit) ON `ลูกค้า one` TO clerk@'%' WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE `ลบ old` TO clerk@'%';
GRANT SELECT ON mysql.help_topic TO clerk@'%';
