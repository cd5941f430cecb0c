"""vSphere's SOAP API by pyVmomi, in bounded threads: log in, one question a kind of object, log out (ADR 0016).

Not proven here: no vCenter and no ESXi was at hand.
"""

import asyncio
import contextlib
import http.client
import socket
import ssl
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from typing import Any, Final

from wenyam.clock import Clock
from wenyam.errors import CertificateError, CollectError, CredentialsRefusedError, MalformedReplyError, MissingLibraryError
from wenyam.links.sockets import failure_of, resolve, silence
from wenyam.links.threads import ThreadPool
from wenyam.links.tls import client_context, verification_words
from wenyam.links.vsphere_call import Alarm, Found, VsphereLogin, Wanted

_THREADS: Final = 4
_VERSION: Final = "vim.version.version11"
"""API 6.5, which later servers speak too."""
_PAGE: Final = 500
_MOST_PAGES: Final = 200


class VsphereRunner:
    """Logs in anew for every reading, so that no session is left behind."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock; opens nothing."""
        self._clock = clock
        self._threads = ThreadPool("wenyam-vsphere", _THREADS)

    async def read(self, login: VsphereLogin, wanted: Wanted, seconds: float) -> Found:
        """Log in and ask within this many seconds; a CollectError when that fails."""
        library = _library()
        opened: list[http.client.HTTPSConnection] = []
        try:
            async with asyncio.timeout(seconds):
                await resolve(login.address, login.port, seconds)
                return await self._threads.run(partial(_read, library, login, wanted, seconds, opened), seconds)
        except TimeoutError as error:
            raise silence(login.at, seconds) from error
        finally:
            _hang_up(opened)

    async def close(self) -> None:
        """Take no more work."""
        self._threads.close()


def _library() -> Any:
    try:
        import pyVmomi  # noqa: PLC0415  # an extra that few installations have
    except ImportError as error:
        raise MissingLibraryError("vSphere needs pyVmomi", hint="Install it: pip install 'wenyam[vmware]'.") from error
    return pyVmomi


class _Connection(http.client.HTTPSConnection):
    """A connection that believes the pinned certificate only: pyVmomi looks at a pin only where the usual check failed."""

    def __init__(self, host: str, *, fingerprint: str | None, opened: list[http.client.HTTPSConnection], **options: Any) -> None:
        super().__init__(host, **options)
        self._fingerprint = fingerprint
        self._answer: http.client.HTTPResponse | None = None
        opened.append(self)

    def connect(self) -> None:
        """Connect, and compare the certificate before anything is sent."""
        super().connect()
        if self._fingerprint is None:
            return
        shown = sha256(self.sock.getpeercert(binary_form=True) or b"").digest()
        if shown != bytes.fromhex(self._fingerprint):
            words = f"shows {shown.hex(':').upper()}, pinned is {bytes.fromhex(self._fingerprint).hex(':').upper()}"
            raise CertificateError(f"{self.host}: {words}", hint="Compare it with the one at the server's console.")

    def getresponse(self) -> http.client.HTTPResponse:
        """Remember the answer: one that is not read to its end keeps the socket open."""
        self._answer = super().getresponse()
        return self._answer

    def close(self) -> None:
        """Close the answer too."""
        super().close()
        if self._answer is not None:
            self._answer.close()


def _hang_up(opened: list[http.client.HTTPSConnection]) -> None:
    """End connections that are still at work, so that no thread waits on for a server that never ends its answer."""
    for connection in opened:
        with contextlib.suppress(OSError):  # closed already
            if connection.sock is not None:
                connection.sock.shutdown(socket.SHUT_RDWR)


def _read(library: Any, login: VsphereLogin, wanted: Wanted, seconds: float, opened: list[http.client.HTTPSConnection]) -> Found:
    """Do the whole reading in this thread."""
    with _failures(library, login), _closing(opened):
        context = client_context(login.authority, verify=login.fingerprint is None)
        stub = library.SoapStubAdapter(
            host=login.address, port=login.port, version=_VERSION, sslContext=context, httpConnectionTimeout=seconds
        )
        stub.scheme = partial(_Connection, fingerprint=login.fingerprint, opened=opened)
        content = library.vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
        content.sessionManager.Login(login.username, login.password)
        try:
            objects = {kind: _objects(library, content, kind, paths) for kind, paths in wanted.items()}
            return Found(content.about, objects, _alarms(library, content))
        finally:
            with contextlib.suppress(Exception):  # the server ends a forgotten session by itself
                content.sessionManager.Logout()


@contextlib.contextmanager
def _closing(opened: list[http.client.HTTPSConnection]) -> Iterator[None]:
    """Close every connection at the end; pyVmomi keeps good ones for later and forgets the others."""
    try:
        yield
    finally:
        for connection in opened:
            connection.close()


@contextlib.contextmanager
def _failures(library: Any, login: VsphereLogin) -> Iterator[None]:
    """Turn what the library and the sockets below it raise into our own errors."""
    try:
        yield
    except (library.vim.fault.InvalidLogin, library.vim.fault.InvalidLocale):
        refused = True
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(f"{login.at}: {verification_words(error, login.address)}") from error
    except library.vmodl.MethodFault as error:
        raise CollectError(f"{login.at}: {error.msg or type(error).__name__}") from error
    except CollectError:
        raise
    except OSError as error:
        raise failure_of(error, login.at) from error
    except Exception as error:  # pyVmomi lets errors of the XML parser and its own bare ones through
        raise MalformedReplyError(f"{login.at}: no valid SOAP ({type(error).__name__})") from error
    else:
        return
    if refused:  # outside of the handler, so that the request with the password is chained nowhere
        raise CredentialsRefusedError(f"credential '{login.credential}' at {login.at}")


def _objects(library: Any, content: Any, kind: str, paths: tuple[str, ...]) -> list[tuple[str, dict[str, Any]]]:
    """Return every object of a kind with its properties, by a view of the whole inventory."""
    made = getattr(library.vim, kind)
    view = content.viewManager.CreateContainerView(container=content.rootFolder, type=[made], recursive=True)
    query = library.vmodl.query.PropertyCollector
    walk = query.TraversalSpec(name="view", path="view", skip=False, type=library.vim.view.ContainerView)
    start = query.ObjectSpec(obj=view, skip=True, selectSet=[walk])
    return _retrieved(library, content, [start], made, paths)


def _retrieved(
    library: Any, content: Any, starts: list[Any], made: Any, paths: tuple[str, ...]
) -> list[tuple[str, dict[str, Any]]]:
    query = library.vmodl.query.PropertyCollector
    wanted = query.PropertySpec(type=made, pathSet=list(paths), all=False)
    collector = content.propertyCollector
    page = collector.RetrievePropertiesEx(
        [query.FilterSpec(objectSet=starts, propSet=[wanted])], query.RetrieveOptions(maxObjects=_PAGE)
    )
    found: list[tuple[str, dict[str, Any]]] = []
    for _ in range(_MOST_PAGES):
        if page is None:
            break
        found += [(each.obj._moId, {pair.name: pair.val for pair in each.propSet}) for each in page.objects]  # noqa: SLF001  # its only name
        page = collector.ContinueRetrievePropertiesEx(page.token) if page.token else None
    return found


def _alarms(library: Any, content: Any) -> list[Alarm]:
    """Return the alarms that are raised anywhere in the inventory."""
    start = library.vmodl.query.PropertyCollector.ObjectSpec(obj=content.rootFolder)
    roots = _retrieved(library, content, [start], library.vim.ManagedEntity, ("triggeredAlarmState",))
    raised = [state for _, properties in roots for state in properties.get("triggeredAlarmState", ())]
    kinds = {state.alarm._moId: state.alarm for state in raised}  # noqa: SLF001  # as above
    starts = [library.vmodl.query.PropertyCollector.ObjectSpec(obj=each) for each in kinds.values()]
    named = dict(_retrieved(library, content, starts, library.vim.alarm.Alarm, ("info.name",))) if starts else {}
    return [
        Alarm(str(named.get(state.alarm._moId, {}).get("info.name", "")), state.entity._moId, str(state.overallStatus))  # noqa: SLF001  # as above
        for state in raised
    ]
