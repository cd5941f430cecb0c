"""A zone file on the host of a name server: read, changed, checked, put in place, and loaded."""

import io
import posixpath
from collections.abc import Callable
from functools import partial

from wenyam.dr.attempts import step_errors, until
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.hosts import QUESTION_SECONDS, Host
from wenyam.dr.options import HostOptions, Words
from wenyam.links.sftp import Login, with_session
from wenyam.links.sftp_writing import WritingSftp
from wenyam.settings.values import AbsolutePath

_CHECK = "named-checkzone"


class ZoneFileOptions(HostOptions):
    """Where the zone's file lies, and how it is loaded."""

    path: AbsolutePath
    reload: Words
    """The command that loads it, such as [/usr/sbin/rndc, reload, example.org]."""


async def read(place: StepPlace, options: ZoneFileOptions) -> str:
    """Return the file; StepError when it cannot be read, or is no UTF-8."""
    done = await Host(place, options).must(("cat", "--", options.path), QUESTION_SECONDS)
    try:
        return done.stdout.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StepError(f"{options.path} on {options.host} is no text in UTF-8") from error


async def rehearse(place: StepPlace, options: ZoneFileOptions) -> None:
    """Prove that the account may replace the file and start what loads it."""
    host = Host(place, options)
    await host.require("cat", "mv", options.reload[0])
    for place_there in (options.path, posixpath.dirname(options.path)):
        if (await host.ask("test", "-w", place_there)).exit_status:
            raise StepError(f"credential '{options.credential}' may not write {place_there} on {options.host}")
    await _with_files(place, host, lambda sftp: sftp.look(options.path.encode()))


async def put(place: StepPlace, options: ZoneFileOptions, zone: str, text: str) -> None:
    """Write the new file beside the old one, have it checked, move it into its place with the same owner and mode, load it."""
    host, new = Host(place, options), f"{options.path}.wenyam-{place.run}"
    await host.ask("rm", "-f", "--", new)  # of an attempt that was cut off
    await _with_files(place, host, partial(_write, path=new, content=text.encode()))
    if await host.has(_CHECK):
        await host.must((_CHECK, zone, new))
    for program in ("chmod", "chown"):
        await host.must((program, f"--reference={options.path}", new))
    await host.must(("mv", "-T", "--", new, options.path))
    await host.must(options.reload)


async def _with_files(place: StepPlace, host: Host, work: Callable[[WritingSftp], object]) -> None:
    """Do something with the host's files over SFTP."""
    options = host.options
    credential = place.configuration.inventory.credentials[options.credential]
    login = Login(host.address, options.port, credential, options.legacy_crypto)
    try:
        with step_errors():
            await with_session(place.links.ssh, login, WritingSftp, work, until(place, QUESTION_SECONDS), clock=place.clock)
    except OSError as error:
        raise StepError(f"a file could not be written on {options.host}: {error}") from error


def _write(sftp: WritingSftp, *, path: str, content: bytes) -> None:
    sftp.write(path.encode(), io.BytesIO(content), lambda _size: None)
