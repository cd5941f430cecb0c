"""What channels may be told, by the models alone: unsafe ways are refused and no value is repeated."""

from typing import Any

import pytest
from pydantic import ValidationError

from wenyam import plugins
from wenyam.alerts.notifiers.apprise import AppriseOptions
from wenyam.alerts.notifiers.command import CommandOptions
from wenyam.alerts.notifiers.line import LineNotifier, LineOptions
from wenyam.alerts.notifiers.mail import MailNotifier, MailOptions
from wenyam.alerts.notifiers.mail_relays import RelayOptions
from wenyam.alerts.notifiers.webhook import WebhookNotifier, WebhookOptions
from wenyam.testing.alerting import make_person
from wenyam.testing.line_server import line_id

RELAY = {"host": "10.0.0.25"}


def test_the_five_kinds_are_registered() -> None:
    assert set(plugins.names(plugins.NOTIFIERS)) >= {"apprise", "command", "line", "mail", "webhook"}
    for name in plugins.names(plugins.NOTIFIERS):
        assert plugins.load(plugins.NOTIFIERS, name).Config.__doc__


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        (LineOptions, {"token": "canary"}, "in the clear"),
        (LineOptions, {"token": "file:/t", "url": "https://canary:x@api.line.me"}, "a login in a URL"),
        (LineOptions, {"token": "file:/t", "url": "ftp://api.line.me"}, "https://"),
        (WebhookOptions, {"url": "https://example.org:99999/"}, "Port out of range"),
        (WebhookOptions, {"url": "https://exa mple.org/"}, "names a host"),
        (AppriseOptions, {"url": "tgram://canary/1"}, "in the clear"),
        (CommandOptions, {"command": ["/bin/notify", "two\nlines"]}, "one line of plain text"),
        (RelayOptions, {**RELAY, "password": "canary", "username": "w"}, "in the clear"),
        (MailOptions, {"sender": "nobody", "relays": [RELAY]}, "not a mail address"),
    ],
)
def test_what_is_unsafe_is_refused_without_being_repeated(model: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as refused:
        model.model_validate(options)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_plain_text_may_go_to_this_machine(host: str) -> None:
    assert RelayOptions.model_validate({"host": host, "security": "none"}).security == "none"
    address = f"[{host}]" if ":" in host else host
    assert WebhookOptions.model_validate({"url": f"http://{address}:8080/hook"}).url


def test_each_channel_names_how_it_reaches_a_person() -> None:
    person = make_person("anong", mail="anong@example.org", line_id=line_id("U", 1))
    token = {"token": "file:/t"}
    assert LineNotifier.address(LineOptions.model_validate(token), person) == line_id("U", 1)
    assert LineNotifier.address(LineOptions.model_validate(token | {"group": line_id("C", 2)}), person) == line_id("C", 2)
    mail = {"sender": "w@example.org", "relays": [RELAY]}
    assert MailNotifier.address(MailOptions.model_validate(mail), person) == "anong@example.org"
    assert MailNotifier.address(MailOptions.model_validate(mail | {"to": ["team@example.org"]}), person) == "team@example.org"
    assert (
        WebhookNotifier.address(WebhookOptions.model_validate({"url": "https://example.org/secret/path"}), person)
        == "https://example.org"
    )
    nobody = make_person("nobody")
    assert LineNotifier.address(LineOptions.model_validate(token), nobody) is None
    assert MailNotifier.address(MailOptions.model_validate(mail), nobody) is None


def test_no_representation_shows_where_a_token_goes() -> None:
    from wenyam.alerts.notifiers.line_api import Access  # noqa: PLC0415  # one test looks inside
    from wenyam.links.http_call import Call  # noqa: PLC0415  # one test looks inside
    from wenyam.links.mail import Relay  # noqa: PLC0415  # one test looks inside

    shown = [
        Access("https://api.line.me", "canary"),
        Call("https://u:canary@example.org/canary", "POST", {"Authorization": "canary"}, b"canary"),
        Relay("10.0.0.25", 587, "starttls", "mail", username="w", password="canary"),
    ]
    assert "canary" not in repr(shown)
    assert Call("https://u:canary@example.org:8443/canary?canary").at == "https://example.org:8443"
