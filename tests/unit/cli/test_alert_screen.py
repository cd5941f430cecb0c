"""The screen of `wenyam alert list` on terminals of all widths."""

import pytest
from rich.cells import cell_len

from wenyam.cli.alert_screen import show
from wenyam.operations.alerts import AlertView, ChannelView
from wenyam.testing.incident_cases import Case
from wenyam.testing.pictures import configuration


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("language", ["en", "th"])
def test_who_was_told_and_how_the_channels_are_is_read_whole(
    width: int, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    case = Case().opens()
    case.does("acknowledge")
    told = {case.code: ("line-operators: malee, somchai", "mail: wichai")}
    mail = ChannelView("mail", "mail", 2, case.now, 3, 30, case.now, "relay 192.0.2.25 refuses the sender")
    show(AlertView((case.incident,), told, (mail,), ()), configuration(), case.now, language)
    shown = capsys.readouterr().out
    assert all(cell_len(line) <= width for line in shown.splitlines())
    said = " ".join(shown.split())
    for words in (case.code, "somchai", "line-operators: malee,", "mail: wichai", "192.0.2.25"):
        assert words in said
    assert "…" not in shown
