"""A real headless Chromium that shows a page of ours and tells what a person would see; driven over its own DevTools protocol."""

import asyncio
import base64
import json
import struct
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp

from wenyam.testing.servers import RealServer

PROGRAM = "/usr/bin/chromium"
SECONDS = 30.0
DESKTOP, PHONE = (1280, 900), (390, 844)
"""Width and height in CSS pixels."""


class Chromium(RealServer):
    """`with Chromium() as browser`, then `async with browser.page(path) as page`."""

    name = "chromium"

    def __init__(self, directory: Path | None = None) -> None:
        """Keep its profile in this directory."""
        super().__init__("127.0.0.1", directory)

    def command(self) -> Sequence[str]:
        """Return its command line: no sandbox, because root may not have one and the pages are our own."""
        return [
            PROGRAM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            "--remote-debugging-port=0", f"--user-data-dir={self.directory / 'profile'}", "about:blank",
        ]  # fmt: skip

    def ready(self) -> bool:
        """Tell whether it has written where it can be driven."""
        return self._port_file.is_file() and len(self._port_file.read_text(encoding="ascii").split()) > 1

    @property
    def _port_file(self) -> Path:
        return self.directory / "profile" / "DevToolsActivePort"

    @asynccontextmanager
    async def page(self, path: Path, size: tuple[int, int] = DESKTOP) -> AsyncIterator["Page"]:
        """Show a file (an absolute path) in a window of this size."""
        port = self._port_file.read_text(encoding="ascii").split()[0]
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SECONDS)) as session:
            async with session.put(f"http://127.0.0.1:{port}/json/new?about:blank") as answer:
                target = await answer.json()
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = await Page(socket).open(path.as_uri(), size)
                yield page
                await page.call("Page.close")


class Page:
    """One page that is shown."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Take the connection to its target."""
        self._socket = socket
        self._number = 0
        self.events: list[Mapping[str, Any]] = []
        """Everything the browser told meanwhile."""

    async def open(self, address: str, size: tuple[int, int]) -> Self:
        """Load the address and wait until it is there."""
        for domain in ("Page", "Network", "Log", "Runtime", "Accessibility"):
            await self.call(f"{domain}.enable")
        width, height = size
        mobile = width < DESKTOP[0] // 2
        await self.call(
            "Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
        )
        await self.call("Page.navigate", {"url": address})
        await self._wait_for("Page.loadEventFired")
        return self

    async def call(self, method: str, parameters: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Ask for something and return the result; RuntimeError when the browser refuses."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters or {}})
        while True:
            told = await self._hear()
            if told.get("id") == self._number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']}")
                result: Mapping[str, Any] = told.get("result", {})
                return result

    async def ask(self, expression: str) -> Any:
        """Return the value of an expression in the page; DevTools may run one where the page itself may not."""
        result = await self.call("Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def roles(self) -> list[tuple[str, str]]:
        """Return role and name of everything a voice would read, in order."""
        nodes = (await self.call("Accessibility.getFullAXTree"))["nodes"]
        return [
            (str(node["role"]["value"]), str(node.get("name", {}).get("value", ""))) for node in nodes if not node["ignored"]
        ]  # fmt: skip

    @property
    def requested(self) -> list[str]:
        """Every address the page asked for."""
        return [told["params"]["request"]["url"] for told in self.events if told["method"] == "Network.requestWillBeSent"]

    @property
    def complaints(self) -> list[str]:
        """What the browser found wrong, such as a broken rule of the page's own security policy."""
        return [told["params"]["entry"]["text"] for told in self.events if told["method"] == "Log.entryAdded"]

    async def picture(self, height: int = 0) -> bytes:
        """Return the page as a PNG, its upper part where a height is given."""
        size = (await self.call("Page.getLayoutMetrics"))["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"], "scale": 1}
        shot = await self.call("Page.captureScreenshot", {"format": "png", "clip": clip, "captureBeyondViewport": True})
        return base64.b64decode(shot["data"])

    async def _wait_for(self, method: str) -> None:
        while all(told["method"] != method for told in self.events):
            await self._hear()

    async def _hear(self) -> Mapping[str, Any]:
        async with asyncio.timeout(SECONDS):
            message = await self._socket.receive_str()
        told: Mapping[str, Any] = json.loads(message)
        if "method" in told:
            self.events.append(told)
        return told


def colours(png: bytes) -> dict[tuple[int, int, int], int]:
    """Return how often each colour is in a PNG of eight bits, with or without transparency."""
    position, packed, width, channels = 8, b"", 0, 3
    while position < len(png):
        length, kind = struct.unpack(">I4s", png[position : position + 8])
        content = png[position + 8 : position + 8 + length]
        if kind == b"IHDR":
            width, channels = struct.unpack(">I", content[:4])[0], {2: 3, 6: 4}[content[9]]
        packed += content if kind == b"IDAT" else b""
        position += 12 + length
    found: dict[tuple[int, int, int], int] = {}
    for row in _rows(zlib.decompress(packed), width * channels, channels):
        for place in range(0, len(row), channels):
            colour = (row[place], row[place + 1], row[place + 2])
            found[colour] = found.get(colour, 0) + 1
    return found


def _rows(raw: bytes, length: int, step: int) -> list[bytearray]:
    """Undo the filters of each row (PNG specification, section 9)."""
    rows: list[bytearray] = []
    above = bytearray(length)
    for start in range(0, len(raw), length + 1):
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + length])
        for place in range(length):
            left = row[place - step] if place >= step else 0
            corner = above[place - step] if place >= step else 0
            row[place] = (row[place] + _predicted(kind, left, above[place], corner)) & 0xFF
        rows.append(row)
        above = row
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind in (0, 1, 2):
        return (0, left, up)[kind]
    if kind == 3:  # noqa: PLR2004  # the average filter
        return (left + up) // 2
    guess = left + up - corner
    return min((left, up, corner), key=lambda each: abs(guess - each))
