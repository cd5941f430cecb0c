"""Programs are found where the configuration says, then in fixed places; what others could change is refused."""

from pathlib import Path

import pytest

from wenyam.errors import CommandFailedError
from wenyam.links.tools import Tools, package_of


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="ascii")
    path.chmod(0o755)
    return path


def test_what_the_configuration_names_comes_before_the_places_of_the_system(tmp_path: Path) -> None:
    own = _program(tmp_path / "own" / "restic")
    _program(tmp_path / "bin" / "restic")
    assert Tools({"restic": str(own)}, places=[str(tmp_path / "bin")])("restic") == str(own)


def test_a_program_is_found_in_the_first_place_that_has_it(tmp_path: Path) -> None:
    second = _program(tmp_path / "b" / "age")
    _program(tmp_path / "c" / "age")
    assert Tools(places=[str(tmp_path / place) for place in "abc"])("age") == str(second)


def test_the_newest_postgresql_is_taken_unless_a_major_is_asked_for(tmp_path: Path) -> None:
    nine, fifteen = (_program(tmp_path / major / "bin" / "pg_dump") for major in ("9", "15"))
    tools = Tools(places=[], postgresql=str(tmp_path))
    assert tools("pg_dump") == str(fifteen)
    assert tools("pg_dump-9") == str(nine)


def test_debians_wrapper_is_passed_over_and_refused_when_it_is_named(tmp_path: Path) -> None:
    wrapper = _program(tmp_path / "share" / "pg_wrapper")
    (tmp_path / "bin").mkdir()
    link = tmp_path / "bin" / "pg_dump"
    link.symlink_to(wrapper)
    real = _program(tmp_path / "15" / "bin" / "pg_dump")
    assert Tools(places=[str(link.parent)], postgresql=str(tmp_path))("pg_dump") == str(real)
    with pytest.raises(CommandFailedError, match=r"tools\.pg_dump: .*is only Debian's wrapper"):
        Tools({"pg_dump": str(link)})("pg_dump")


def test_an_absent_program_is_a_sentence_with_the_setting_and_the_package(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError) as caught:
        Tools(places=[str(tmp_path)], postgresql=str(tmp_path))("pg_dump-14")
    assert str(caught.value) == (
        "A command did not do its work: there is no program 'pg_dump-14' on this machine. Install the Debian package "
        "postgresql-client-14, or name its absolute path in the configuration: tools.pg_dump-14."
    )


def test_a_configured_program_that_is_gone_is_a_sentence_and_nothing_else_is_taken(tmp_path: Path) -> None:
    _program(tmp_path / "restic")
    with pytest.raises(CommandFailedError, match=r"tools\.restic: .*absent: no such file or directory"):
        Tools({"restic": str(tmp_path / "absent")}, places=[str(tmp_path)])("restic")


def test_a_program_that_others_may_change_is_refused(tmp_path: Path) -> None:
    _program(tmp_path / "age").chmod(0o777)
    with pytest.raises(CommandFailedError, match="others may write"):
        Tools(places=[str(tmp_path)])("age")


@pytest.mark.parametrize(
    ("program", "package"),
    [
        ("restic", "restic"),
        ("pg_dump", "postgresql-client"),
        ("pg_restore-13", "postgresql-client-13"),
        ("initdb-15", "postgresql-15"),
        ("mariadb-dump", "mariadb-client"),
        ("rclone", "rclone"),
    ],
)
def test_the_package_of_a_program_is_known(program: str, package: str) -> None:
    assert package_of(program) == package


def test_this_machine_has_what_backups_need() -> None:
    for name in ("restic", "age", "pg_dump", "pg_dump-15", "mariadb-dump", "ssh-keygen"):
        assert Path(Tools()(name)).is_absolute()
