"""What the lab's information systems hold: small, made up, and of every kind that a backup has to bring back."""

import os
from pathlib import Path
from typing import Final

LETTERS: Final = """
CREATE TABLE offices (code text PRIMARY KEY, name text NOT NULL UNIQUE);
INSERT INTO offices VALUES ('สบก.', 'สำนักบริหารกลาง'), ('ศทส.', 'ศูนย์เทคโนโลยีสารสนเทศ'), ('กพร.', 'กลุ่มพัฒนาระบบบริหาร');
CREATE TABLE letters (number int PRIMARY KEY, subject text NOT NULL, office text NOT NULL DEFAULT 'สบก.'
  REFERENCES offices, urgency smallint NOT NULL DEFAULT 0 CHECK (urgency BETWEEN 0 AND 3),
  received timestamptz NOT NULL DEFAULT '2026-10-01 08:30+07');
INSERT INTO letters SELECT n, 'หนังสือเวียน ' || n,
  (ARRAY['สบก.', 'ศทส.', 'กพร.'])[1 + n % 3], n % 4 FROM generate_series(1, 200) AS n;
CREATE INDEX letters_by_office ON letters (office, received DESC);
CREATE TABLE scans (letter int PRIMARY KEY REFERENCES letters ON DELETE CASCADE, page bytea NOT NULL);
INSERT INTO scans SELECT n, decode(repeat(md5(n::text), 20), 'hex') FROM generate_series(1, 200) AS n;
CREATE SEQUENCE receipt_number START 1001;
SELECT nextval('receipt_number') FROM generate_series(1, 7);
CREATE VIEW urgent_letters AS SELECT l.number, l.subject, o.name
  FROM letters l JOIN offices o ON o.code = l.office WHERE l.urgency = 3;
CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.subject := trim(NEW.subject); RETURN NEW; END $$;
CREATE TRIGGER tidy_subject BEFORE INSERT OR UPDATE ON letters FOR EACH ROW EXECUTE FUNCTION tidy();
GRANT SELECT ON letters TO wenyam;
"""
ORDERS: Final = """
CREATE DATABASE erp CHARACTER SET utf8mb4;
USE erp;
CREATE TABLE suppliers (code int PRIMARY KEY, name varchar(120) NOT NULL UNIQUE);
INSERT INTO suppliers SELECT seq, concat('ร้านค้าตัวอย่าง ', seq) FROM seq_1_to_20;
CREATE TABLE orders (number int PRIMARY KEY, item varchar(80) NOT NULL, supplier int NOT NULL DEFAULT 1,
  amount decimal(12,2) NOT NULL DEFAULT 0 CHECK (amount >= 0), paper blob, KEY by_supplier (supplier, amount),
  FOREIGN KEY (supplier) REFERENCES suppliers (code));
INSERT INTO orders SELECT seq, concat('ข้าวสาร ', seq), 1 + seq % 20, seq * 12.5, unhex(md5(seq)) FROM seq_1_to_200;
CREATE TABLE journal (entry bigint AUTO_INCREMENT PRIMARY KEY, told varchar(200) NOT NULL);
CREATE SEQUENCE voucher START 100 INCREMENT 5;
CREATE VIEW owed AS SELECT s.name, sum(o.amount) AS total FROM orders o JOIN suppliers s ON s.code = o.supplier GROUP BY s.name;
CREATE FUNCTION with_tax(amount decimal(12,2)) RETURNS decimal(12,2) DETERMINISTIC RETURN amount * 1.07;
CREATE TRIGGER noted AFTER INSERT ON orders FOR EACH ROW INSERT INTO journal (told) VALUES (concat('ใบสั่งซื้อ ', NEW.number));
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01 01:00:00' DISABLE DO DELETE FROM journal WHERE entry < 0;
GRANT SELECT ON erp.* TO 'wenyam'@'%';
"""
POSTGRES_DUMP_RIGHTS: Final = "GRANT pg_read_all_data TO wenyam_backup"
MARIADB_DUMP_RIGHTS: Final = """
GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES ON erp.* TO wenyam_backup@'%';
GRANT SELECT ON mysql.* TO wenyam_backup@'%';
GRANT RELOAD, BINLOG MONITOR ON *.* TO wenyam_backup@'%';
"""
_NAMES: Final = (
    "ทะเบียนประวัติ.txt",
    "แบบ ลา ป่วย.txt",
    "new\nline",
    "tab\there",
    "qu'o\"te",
    "-rf",
    "no-utf8-\udcff",
    "คำสั่ง ๑/๒๕๖๙.txt",
)
_TEXT: Final = "เอกสารสมมติของงานบุคคล หน้า {}\n"
_LETTERHEAD: Final = 400


def lay_documents(folder: Path) -> None:
    """Lay the personnel office's folder: names that trip programs, a sparse file, links and rights. Harmless when it is there."""
    if folder.exists():
        return
    for number, name in enumerate(name for name in _NAMES for _ in range(5)):
        place = folder / f"แฟ้ม {number % 5}"
        place.mkdir(parents=True, exist_ok=True)
        path = place / name.replace("/", "-")
        path.write_text(_TEXT.format(number) * _LETTERHEAD, encoding="utf-8")
        path.chmod(0o640 if number % 2 else 0o600)
    sparse, link = folder / "sparse.img", folder / "ล่าสุด"
    sparse.touch()
    os.truncate(sparse, 4 << 20)
    link.symlink_to("แฟ้ม 0/ทะเบียนประวัติ.txt")
    (folder / "hard link").hardlink_to(folder / "แฟ้ม 1" / "-rf")
