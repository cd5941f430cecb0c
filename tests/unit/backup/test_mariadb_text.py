"""What MariaDB says about itself, taken apart."""

import pytest

from wenyam.backup.sources.mariadb_text import grants_within, may, quoted, rights_on, table_parts, without_secrets

TABLE = """CREATE TABLE `a``b` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `KEY` text DEFAULT 'x,\\n)',
  PRIMARY KEY (`id`),
  UNIQUE KEY `by ``it` (`KEY`(10),`id`),
  FULLTEXT KEY `words` (`KEY`),
  CONSTRAINT `fk (1)` FOREIGN KEY (`id`) REFERENCES `t` (`id`),
  PERIOD FOR SYSTEM_TIME (`a`, `b`)
) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4
 PARTITION BY HASH (`id`)
PARTITIONS 4"""


def test_a_table_is_split_into_columns_indexes_constraints_and_options() -> None:
    parts = table_parts("`d`.`a``b`", TABLE)
    assert parts["columns"] == {
        "`d`.`a``b`.`id`": "1 `id` int(11) NOT NULL AUTO_INCREMENT",
        "`d`.`a``b`.`KEY`": "2 `KEY` text DEFAULT 'x,\\n)'",
    }
    assert list(parts["indexes"]) == ["`d`.`a``b`.PRIMARY", "`d`.`a``b`.`by ``it`", "`d`.`a``b`.`words`"]
    assert parts["constraints"]["`d`.`a``b`.`fk (1)`"].endswith("REFERENCES `t` (`id`)")
    assert "`d`.`a``b`.PERIOD FOR SYSTEM_TIME (`a`, `b`)" in parts["constraints"]
    options = parts["tables"]["`d`.`a``b` options"]
    assert "PARTITIONS 4" in options
    assert "AUTO_INCREMENT" not in options


@pytest.mark.parametrize(
    "text",
    [
        "CREATE USER `a`@`%` IDENTIFIED BY PASSWORD '*CANARY'",
        "GRANT USAGE ON *.* TO `a`@`%` IDENTIFIED VIA ed25519 USING 'CANARY''x' OR unix_socket",
        "CREATE USER `a`@`%` IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$CANARY\\'s'",
    ],
)
def test_no_password_stays_in_a_manifest(text: str) -> None:
    assert "CANARY" not in without_secrets(text)
    assert "'…'" in without_secrets(text)


GRANTS = (
    "GRANT RELOAD, PROCESS ON *.* TO `keeper`@`%` IDENTIFIED BY PASSWORD '*CANARY'",
    "GRANT SELECT, SHOW VIEW ON `erp\\_a`.* TO `keeper`@`%`",
    "GRANT EVENT ON `erp%`.* TO `keeper`@`%`",
    "GRANT TRIGGER ON `erp_a`.`t` TO `keeper`@`%`",
    "GRANT EXECUTE ON FUNCTION `erp_a`.`f` TO `keeper`@`%`",
    "GRANT `readers` TO `keeper`@`%`",
)


def test_rights_on_a_database_are_those_on_it_on_all_and_by_pattern() -> None:
    assert rights_on(GRANTS, "erp_a") == {"RELOAD", "PROCESS", "SELECT", "SHOW VIEW", "EVENT"}
    assert rights_on(GRANTS, "erpxa") == {"RELOAD", "PROCESS", "EVENT"}
    assert rights_on(["GRANT ALL PRIVILEGES ON *.* TO `root`@`%` WITH GRANT OPTION"], "x") == {"ALL PRIVILEGES"}
    assert may({"ALL PRIVILEGES"}, "EVENT")
    assert not may({"SELECT"}, "EVENT")


def test_grants_on_other_databases_are_no_part_and_those_on_no_routine_are_given_apart() -> None:
    kept, dangling = grants_within(GRANTS, ["erp_a"], ["function `erp_a`.`f`"])
    assert len(kept) == 6
    assert dangling == []
    assert "CANARY" not in " ".join(kept)
    kept, dangling = grants_within(GRANTS, ["erp_a"], [])
    assert dangling == ["GRANT EXECUTE ON FUNCTION `erp_a`.`f` TO `keeper`@`%`"]
    kept, _ = grants_within(GRANTS, ["other"], [])
    assert [line.split(" TO ")[0] for line in kept] == ["GRANT RELOAD, PROCESS ON *.*", "GRANT `readers`"]


def test_names_are_quoted_as_the_server_does() -> None:
    assert quoted("a`b", 'ข "x"') == '`a``b`.`ข "x"`'
