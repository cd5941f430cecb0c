"""A vCenter of the tests: answers over HTTPS what pyVmomi itself writes of made objects; no VMware code but the library's."""

import re
from types import SimpleNamespace
from typing import Any

from pyVmomi import SoapAdapter, vim, vmodl

from wenyam.testing.certificates import TestAuthority
from wenyam.testing.receivers import Heard, HttpReceiver, Reply

_VERSION = "vim.version.version11"
_METHOD = re.compile(rb"<(?:soapenv:)?Body>\s*<(\w+)[ >]")
_ENVELOPE = '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{}</soapenv:Body></soapenv:Envelope>'
_SPACES = {
    "urn:vim25": "",
    "http://www.w3.org/2001/XMLSchema": "xsd",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi",
}


class VsphereService(HttpReceiver):
    """`objects` are (managed object, properties); `odd` replies by method stand for an answer instead."""

    def __init__(self, authority: TestAuthority, *, username: str = "watch", password: str = "s3cret") -> None:  # noqa: S107  # made up
        """Make the certificate; nothing is in the inventory yet."""
        super().__init__(authority.issue("vsphere", "127.0.0.1"))
        self.authority = str(authority.certificate)
        self.objects: list[tuple[Any, dict[str, Any]]] = []
        self.odd: dict[str, Reply] = {}
        self.page_size = 100
        self.methods: list[str] = []
        self._login = (username, password)
        self._waiting: list[Any] = []

    def answer(self, heard: Heard) -> Reply:
        """Answer one method."""
        found = _METHOD.search(heard.body)
        method = found[1].decode() if found else ""
        self.methods.append(method)
        if method in self.odd:
            return self.odd[method]
        handler = getattr(self, f"_{method}", None)
        return _fault(vmodl.fault.NotSupported()) if handler is None else handler(heard.body)

    def _RetrieveServiceContent(self, body: bytes) -> Reply:  # noqa: ARG002, N802  # named by the protocol
        about = vim.AboutInfo(
            name="VMware vCenter Server", fullName="made", vendor="VMware, Inc.", version="8.0.2", build="1", osType="linux-x64",
            productLineId="vpx", apiType="VirtualCenter", apiVersion="8.0.2",
        )  # fmt: skip
        content = vim.ServiceInstanceContent(
            rootFolder=vim.Folder("group-d1"),
            propertyCollector=vmodl.query.PropertyCollector("propertyCollector"),
            viewManager=vim.view.ViewManager("ViewManager"),
            sessionManager=vim.SessionManager("SessionManager"),
            about=about,
        )
        return _said("RetrieveServiceContent", content)

    def _Login(self, body: bytes) -> Reply:  # noqa: N802  # named by the protocol
        said = tuple(re.findall(rb"<(?:userName|password)[^>]*>([^<]*)<", body))
        if said != tuple(word.encode() for word in self._login):
            return _fault(vim.fault.InvalidLogin(msg="Cannot complete login due to an incorrect user name or password."))
        return _said("Login", None)

    def _Logout(self, body: bytes) -> Reply:  # noqa: ARG002, N802  # named by the protocol
        return _said("Logout", None)

    def _CreateContainerView(self, body: bytes) -> Reply:  # noqa: ARG002, N802  # named by the protocol
        return _said("CreateContainerView", vim.view.ContainerView("session[1]view"))

    def _RetrievePropertiesEx(self, body: bytes) -> Reply:  # noqa: N802  # named by the protocol
        kind = re.search(rb"<propSet[^>]*>\s*<type[^>]*>(\w+)<", body)
        asked = kind[1].decode() if kind else ""
        paths = {path.decode() for path in re.findall(rb"<pathSet[^>]*>([^<]+)<", body)}
        self._waiting = [_content(thing, properties, paths) for thing, properties in self.objects if _is(thing, asked)]
        return self._page("RetrievePropertiesEx")

    def _ContinueRetrievePropertiesEx(self, body: bytes) -> Reply:  # noqa: ARG002, N802  # named by the protocol
        return self._page("ContinueRetrievePropertiesEx")

    def _page(self, method: str) -> Reply:
        page, self._waiting = self._waiting[: self.page_size], self._waiting[self.page_size :]
        if not page:
            return _said(method, None)
        retrieved = vmodl.query.PropertyCollector.RetrieveResult(objects=page, token="more" if self._waiting else None)
        return _said(method, retrieved)


def _is(thing: Any, kind: str) -> bool:
    """Tell whether an object is asked for; the root folder is asked for as any managed entity."""
    own = type(thing).__name__.rpartition(".")[2]
    return own == kind or (own, kind) == ("Folder", "ManagedEntity")


def _content(thing: Any, properties: dict[str, Any], paths: set[str]) -> Any:
    pairs = [vmodl.DynamicProperty(name=name, val=value) for name, value in properties.items() if name in paths]
    return vmodl.query.PropertyCollector.ObjectContent(obj=thing, propSet=pairs)


def _said(method: str, value: Any) -> Reply:
    """Write the answer of a method."""
    info = SimpleNamespace(name="returnval", type=type(value), version=_VERSION, flags=0)
    inner = "" if value is None else SoapAdapter.SerializeToStr(value, info, _VERSION, dict(_SPACES))
    return Reply(200, _ENVELOPE.format(f'<{method}Response xmlns="urn:vim25">{inner}</{method}Response>').encode())


def _fault(fault: Any) -> Reply:
    name = type(fault).__name__.rpartition(".")[2]
    detail = f'<{name}Fault xmlns="urn:vim25" xsi:type="{name}"/>'
    inner = f"<faultcode>ServerFaultCode</faultcode><faultstring>{fault.msg or name}</faultstring><detail>{detail}</detail>"
    text = f"<soapenv:Fault>{inner}</soapenv:Fault>"
    return Reply(500, _ENVELOPE.format(text).encode())
