"""Scripts of dump programs, read and changed: what a restore under another name must do and must never touch."""

import pytest

from wenyam.backup.file_laying import difference, tops
from wenyam.backup.sources.mariadb_scripts import naming, renamed_dump, used_users, user_statements, with_events_off
from wenyam.backup.sources.one_database import name_with, require_name
from wenyam.backup.sources.postgresql_scripts import database_statements, role_statements, used_roles
from wenyam.errors import RestoreError, UsageError

SCRIPT = """SET row_security = off;
CREATE DATABASE "erp x" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';
ALTER DATABASE "erp x" OWNER TO postgres;
\\connect -reuse-previous=on "dbname='erp x'"
COMMENT ON DATABASE "erp x" IS 'not "erp x" itself';
ALTER DATABASE "erp x" CONNECTION LIMIT = 40;
ALTER ROLE "cl erk" IN DATABASE "erp x" SET work_mem TO '8MB';
GRANT CREATE, CONNECT ON DATABASE "erp x" TO clerk;
"""


def test_the_script_of_a_database_names_only_the_new_one() -> None:
    said = database_statements(SCRIPT, name='"new"', create=True, major=15, roles=True)
    assert said.count('DATABASE "new"') == 6
    assert said.count('"erp x"') == 1
    assert "\\connect" not in said
    older = database_statements(SCRIPT, name='"new"', create=True, major=14, roles=True)
    assert "CREATE DATABASE \"new\" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE = 'C.UTF-8';" in older
    bare = database_statements(SCRIPT, name='"new"', create=False, major=15, roles=False)
    assert ("CREATE DATABASE" in bare, "ALTER ROLE" in bare, "CONNECTION LIMIT" in bare) == (False, False, True)


ROLES = """CREATE ROLE clerk;
ALTER ROLE clerk WITH NOSUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$x';
CREATE ROLE "we ird";
ALTER ROLE "we ird" WITH NOSUPERUSER;
CREATE ROLE boss;
ALTER ROLE boss WITH SUPERUSER;
ALTER ROLE clerk SET work_mem TO '7MB';
GRANT "we ird" TO clerk WITH ADMIN OPTION GRANTED BY postgres;
GRANT clerk TO boss GRANTED BY postgres;
"""


def test_missing_roles_are_made_with_their_groups_and_no_others() -> None:
    made, statements = role_statements(ROLES, ["clerk"], {"postgres"})
    assert made == ("clerk", '"we ird"')
    assert statements[-1] == 'GRANT "we ird" TO clerk WITH ADMIN OPTION;'
    assert not any("boss" in statement for statement in statements)
    assert role_statements(ROLES, ["clerk"], {"clerk", '"we ird"'}) == ((), [])


def test_roles_of_a_database_are_its_owners_and_those_with_rights() -> None:
    parts = {
        "roles": {"clerk": "login", '"we ird"': "", "boss": "superuser", "other": ""},
        "grants": {"erp.relation t": "owner we ird; clerk=SELECT, we ird=SELECT", "hr.relation t": "owner other"},
        "policies": {"erp.t.own": "r t boss using (true)"},
    }
    assert used_roles(parts, "erp") == ("clerk", '"we ird"', "boss")


DUMP = [
    b"CREATE DATABASE /*!32312 IF NOT EXISTS*/ `erp` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;\n",
    b"USE `erp`;\n",
    b"  `id` bigint(20) DEFAULT nextval(`erp`.`ticket`),\n",
    b"INSERT INTO `t` VALUES ('USE `erp`; nextval(`erp`.`x`)');\n",
    b"ALTER DATABASE `erp` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;\n",
    b"/*!50106 CREATE*/ /*!50106 EVENT `e` ON COMPLETION NOT PRESERVE ENABLE DO SELECT ' ON COMPLETION PRESERVE ENABLE' */ ;;\n",
]


def test_a_dump_under_another_name_names_no_other_database_and_switches_events_off() -> None:
    said = list(renamed_dump(DUMP, "ne`w", "erp"))
    assert [b"`ne``w`" in line for line in said] == [True, True, True, False, True, False]
    assert said[3] == DUMP[3]
    assert said[5].count(b"PRESERVE DISABLE") == 1
    assert said[5].count(b"PRESERVE ENABLE") == 1
    assert with_events_off({"e": "EVENT e ON COMPLETION PRESERVE ENABLE DO x"}) == {
        "e": "EVENT e ON COMPLETION PRESERVE DISABLE DO x"
    }


@pytest.mark.parametrize("line", [b"DROP DATABASE `erp`;\n", b"/*!40000 DROP DATABASE IF EXISTS `erp`*/;\n", b"use `erp`;\n"])
def test_a_dump_that_names_its_database_elsewhere_is_refused(line: bytes) -> None:
    with pytest.raises(RestoreError, match="where it cannot be renamed"):
        list(renamed_dump([line], "new", "erp"))


USERS = """CREATE USER `clerk`@`%` IDENTIFIED BY PASSWORD '*C9';
CREATE USER `boss`@`%` IDENTIFIED BY PASSWORD '*D0';
GRANT USAGE ON *.* TO `clerk`@`%` IDENTIFIED BY PASSWORD '*C9';
GRANT ALL PRIVILEGES ON *.* TO `clerk`@`%` WITH GRANT OPTION;
GRANT SELECT ON `erp`.* TO `clerk`@`%`;
GRANT EXECUTE ON PROCEDURE `erp`.`p` TO `readers`;
GRANT SELECT ON `hr`.* TO `clerk`@`%`;
"""


def test_users_are_made_with_rights_in_one_database_only() -> None:
    made = user_statements(USERS, ["`clerk`@`%`", "`readers`"], "erp", "new")
    assert made == [
        "CREATE USER `clerk`@`%` IDENTIFIED BY PASSWORD '*C9'",
        "GRANT SELECT ON `new`.* TO `clerk`@`%`",
        "CREATE ROLE `readers`",
        "GRANT EXECUTE ON PROCEDURE `new`.`p` TO `readers`",
    ]


def test_users_of_a_database_are_those_with_rights_and_definers() -> None:
    parts = {
        "grants": {"`a`@`%`": "GRANT SELECT ON `erp`.* TO `a`@`%`", "`b`@`%`": "GRANT USAGE ON *.* TO `b`@`%`", "`c`@`%`": ""},
        "views": {"`erp`.`v`": "CREATE DEFINER=`b`@`%` VIEW x"},
        "triggers": {"`hr`.`t`": "CREATE DEFINER=`c`@`%` TRIGGER x"},
    }
    assert used_users(parts, "erp") == ("`a`@`%`", "`b`@`%`")
    assert naming({"routines": {"p": "DELETE FROM erp.t", "q": "DELETE FROM myerp.t", "r": "`erp` . `t`"}}, "erp") == (
        "routines p",
        "routines r",
    )


def test_generated_names_fit_whatever_they_begin_with() -> None:
    def measure(name: str) -> int:
        return len(name.encode())

    name = name_with("ฐานข้อมูล" * 5, "_restored_20261126t211031", 63, measure=measure)
    assert (measure(name) <= 63, name.endswith("_restored_20261126t211031")) == (True, True)
    with pytest.raises(UsageError, match="control characters"):
        require_name("a\nb", 63, measure=measure)


def test_what_differs_brings_all_names_of_one_file_along() -> None:
    then = {
        "/d": "type=directory mode=0755",
        "/d/a": "type=file size=1",
        "/d/b": "type=file hardlink=/d/a",
        "/d/c": "type=file x",
    }
    now = {"/d": "type=directory mode=0700", "/d/a": "type=file size=1", "/d/c": "type=file x"}
    found = difference(then, now, ())
    assert (found.changed, found.missing, found.rights, found.same) == (("/d/a",), ("/d/b",), ("/d",), 1)
    assert difference(then, then, ()).nothing
    assert difference(then, then, ["/d/c"]).changed == ("/d/c",)
    assert tops(["/d", "/d/a", "/e/f"]) == ("/d", "/e/f")
