"""The status page as it is written in the configuration: off unless asked for, its defaults, and what is refused where."""

import textwrap
from pathlib import Path

import pytest

from wenyam.model.inventory import Text
from wenyam.model.status_page import TITLE, StatusPagePlan
from wenyam.settings.loader import load
from wenyam.settings.problems import BrokenConfigurationError

BASE = """\
instance: {name: test, site: office}
sites: {office: }
people: {somchai: {name: Somchai}}
defaults: {owner: somchai, duty_officer: somchai}
devices: {web: {kind: server, address: 192.0.2.1}}
services: {erp: {label: ERP, members: [web]}, hr: {label: HR, members: [web]}}
"""


def page(folder: Path, text: str) -> StatusPagePlan | None:
    (folder / "wenyam.yaml").write_text(BASE + textwrap.dedent(text), encoding="utf-8")
    folder.chmod(0o755)
    return load(folder).status_page


def test_no_page_is_written_where_nothing_is_said(tmp_path: Path) -> None:
    assert page(tmp_path, "") is None


def test_a_directory_is_enough(tmp_path: Path) -> None:
    found = page(tmp_path, "status_page: {directory: /var/www/wenyam}")
    assert found == StatusPagePlan("/var/www/wenyam")
    assert found.title == TITLE
    assert (found.languages, found.days, found.every, found.device_names, found.chain_head) == (
        ("th", "en"),
        90,
        60.0,
        False,
        False,
    )


def test_everything_may_be_said(tmp_path: Path) -> None:
    text = """\
        status_page: {directory: /srv/p, title: {th: สถานะ, en: Status}, languages: [en], services: [hr, erp], device_names: true,
                      days: 30, every: 5m, coming: 7d, contact: "Call 1234", chain_head: true}
        """
    assert page(tmp_path, text) == StatusPagePlan(
        "/srv/p", Text("สถานะ", "Status"), ("en",), ("hr", "erp"), device_names=True, days=30, every=300.0, coming=604_800.0,
        contact=Text("Call 1234", "Call 1234"), chain_head=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("{days: 3}", "wenyam.yaml:7: status_page: 'directory' is missing"),
        ("{directory: www}", "wenyam.yaml:7: status_page.directory: 'www' is not an absolute path"),
        (
            "{directory: /p, services: [epr]}",
            "wenyam.yaml:7: status_page.services: there is no service 'epr'; did you mean 'erp'?",
        ),
        ("{directory: /p, services: [erp, erp]}", "wenyam.yaml:7: status_page.services: the same is named twice"),
        ("{directory: /p, languages: [th, th]}", "wenyam.yaml:7: status_page.languages: the same is named twice"),
        ("{directory: /p, every: 1s}", "wenyam.yaml:7: status_page.every: at least 2s"),
        ("{directory: /p, days: 0}", "wenyam.yaml:7: status_page.days: at least 1 expected"),
        ("{directory: /p, dayz: 3}", "wenyam.yaml:7: status_page: unknown key 'dayz'; did you mean 'days'?"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, written: str, sentence: str) -> None:
    with pytest.raises(BrokenConfigurationError) as broken:
        page(tmp_path, f"status_page: {written}")
    assert [str(problem) for problem in broken.value.problems] == [sentence]
