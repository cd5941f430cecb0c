"""Words of a recording replaced by others of the same length, the same by the same, at random: nothing leads back. Pure."""

import contextlib
import ipaddress
import random
import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from wenyam.operations.scrub_rules import WORDS

_TOKEN = re.compile(r"[^\W_]+")
_TOGETHER = re.compile(r"[^\s,;:()\[\]{}\"'=|<>]+")
_HYPHENATED = re.compile(r"[^\W_]+(?:[-_][^\W_]+)*")
_IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_IPV6 = re.compile(r"(?<![\w:])[0-9A-Fa-f:]*:[0-9A-Fa-f]*:[0-9A-Fa-f:]*(?![\w:])")
_MAC = re.compile(
    r"(?<![\w:.-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![\w:.-])|(?<![\w.])(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}(?![\w.])"
)
_TELLING = re.compile(r"(?i)\b(?:serial(?: ?(?:number|no\.?))?|s/n|sn)\b[ :#=]*(\S+)|(\S+@\S+)|([a-z]+://\S+)")
_PORT = re.compile(r"[A-Za-z]{0,3}\d{1,4}|\d{1,4}[A-Za-z]{1,2}")
_NAMED_PORT = re.compile(r"([A-Za-z]+)\d{1,4}")
_HOME = ("192.168.", "172.16.")
"""Networks that no version is numbered like."""
_SHORT, _MEANINGFUL = 2, 3
_TRIES = 50
_IPV4_BYTES, _IPV6_BYTES = 4, 16
_OURS = ipaddress.ip_network("198.18.0.0/15")
"""For benchmarks (RFC 2544): nobody's addresses."""


class Words:
    """What was replaced by what; forgotten with the object."""

    def __init__(self, chance: random.Random, forbidden: Iterable[str] = (), allowed: Iterable[str] = ()) -> None:
        """Take where chance comes from, texts that must never stay (communities), and words that may, beside the usual ones."""
        self._chance = chance
        self._allowed = WORDS | {token.lower() for text in allowed for token in _TOKEN.findall(text)}
        self._instead: dict[str, str] = {}
        self._given: set[str] = set()
        self._bytes: dict[bytes, bytes] = {}
        self._taken: set[bytes] = set()
        self._whole: set[str] = set()
        self._telling: set[str] = set()
        """Names and words of names, in small letters: wherever they stand, they go."""
        self.replaced: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        for text in forbidden:
            self.learn(text)

    def learn(self, text: str) -> None:
        """Remember a name: it is replaced wherever it stands, and so are its words that say anything."""
        whole = text.strip().lower()
        if not whole:
            return
        parts = {part for part in (whole, *_TOGETHER.findall(whole)) if not self._allowed.issuperset(_TOKEN.findall(part))}
        self._whole.update({whole} & parts)
        self._telling.update(parts)
        self._telling.update(token for token in _TOKEN.findall(whole) if len(token) >= _MEANINGFUL and not self._harmless(token))

    def meet(self, text: str, index: Sequence[int]) -> None:
        """Remember a text that is an address, if the index it stands under repeats it: then it is no version."""
        with contextlib.suppress(ValueError):
            packed = ipaddress.ip_address(text.strip()).packed
            runs = (tuple(index[place : place + len(packed)]) for place in range(len(index)))
            if tuple(packed) in runs:
                self.address(packed)

    @property
    def whole_names(self) -> frozenset[str]:
        """Return names that must not be found in the result, in small letters."""
        return frozenset(self._whole)

    def name(self, text: str) -> str:
        """Replace every word of a name."""
        if text.strip():
            self.replaced["names and texts"] += 1
        return self._every(text)

    def allow(self, text: str) -> None:
        """Remember words of a maker, such as a model: a name made of them tells nothing."""
        self._allowed |= {token.lower() for token in _TOKEN.findall(text) if len(token) >= _MEANINGFUL}

    def makers(self, text: str) -> str:
        """Replace only addresses, serial numbers and names known from elsewhere."""
        return self._judged(self._without_addresses(text, versions=True), text, lambda part: part)

    def unknown(self, text: str) -> str:
        """Replace every word that is not known to be harmless."""
        return self._judged(self._without_addresses(text), text, lambda part: _TOKEN.sub(self._unless_harmless, part))

    def _judged(self, result: str, text: str, rest: Callable[[str], str]) -> str:
        result = _TELLING.sub(self._told, result)
        result = _TOGETHER.sub(lambda found: self._together(found[0], rest), result)
        if result == text:
            self.kept[text] += 1
        else:
            self.replaced["names and texts"] += 1
        return result

    def _together(self, part: str, rest: Callable[[str], str]) -> str:
        if part.lower() in self._telling:
            return self._every(part)
        part = _HYPHENATED.sub(lambda found: self._every(found[0]) if found[0].lower() in self._telling else found[0], part)
        return rest(_TOKEN.sub(lambda found: self._other(found[0]) if found[0].lower() in self._telling else found[0], part))

    def _every(self, part: str) -> str:
        return _TOKEN.sub(lambda found: self._other(found[0]), part)

    def _told(self, found: re.Match[str]) -> str:
        secret = next(group for group in found.groups() if group is not None)
        return found[0].replace(secret, _TOKEN.sub(lambda token: self._other(token[0]), secret))

    def _unless_harmless(self, found: re.Match[str]) -> str:
        word = found[0]
        return word if word in self._given or self._harmless(word) else self._other(word)

    def _harmless(self, word: str) -> bool:
        port = _NAMED_PORT.fullmatch(word)
        return (
            word.lower() in self._allowed
            or _PORT.fullmatch(word) is not None
            or (port is not None and port[1].lower() in self._allowed)
            or (len(word) <= _SHORT and word.isascii())
        )

    def _other(self, word: str) -> str:
        """Return another word as long in bytes, of letters where letters were and digits where digits were."""
        known = self._instead.get(word.lower())
        if known is None:
            known = next(
                (made for made in (self._made(word) for _ in range(_TRIES)) if made not in self._given), self._made(word)
            )
            self._instead[word.lower()] = known
            self._given.add(known)
        return known

    def _made(self, word: str) -> str:
        letters = word if word.isascii() else "x" * len(word.encode())
        return "".join(self._chance.choice(string.digits if each.isdigit() else string.ascii_lowercase) for each in letters)

    def _without_addresses(self, text: str, *, versions: bool = False) -> str:
        """Replace addresses; where the maker speaks, four numbers that no other value has as an address are a version."""
        text = _IPV6.sub(self._address_text, _MAC.sub(self._hardware_text, text))
        return _IPV4.sub(lambda found: found[0] if versions and not self._met(found[0]) else self._address_text(found), text)

    def _met(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return address.packed in self._bytes or str(address).startswith(_HOME)

    def _address_text(self, found: re.Match[str]) -> str:
        try:
            packed = ipaddress.ip_address(found[0]).packed
        except ValueError:
            return found[0]
        return str(ipaddress.ip_address(self.address(packed)))

    def _hardware_text(self, found: re.Match[str]) -> str:
        digits = re.sub("[^0-9A-Fa-f]", "", found[0])
        made = iter(self.hardware(bytes.fromhex(digits)).hex())
        return "".join(next(made) if each.isalnum() else each for each in found[0])

    def address(self, packed: bytes) -> bytes:
        """Replace an address of 4 or 16 bytes; masks, loopback, multicast and `none` say nothing and stay."""
        address = ipaddress.ip_address(packed)
        mask = len(packed) == _IPV4_BYTES and packed[0] == 0xFF  # noqa: PLR2004  # a mask, or everybody
        if mask or address.is_unspecified or address.is_loopback or address.is_multicast:
            return packed
        self.replaced["addresses"] += 1
        return self._stand_in(packed, self._own_address)

    def _own_address(self, size: int) -> bytes:
        if size == _IPV4_BYTES:
            return _OURS[self._chance.randrange(1, _OURS.num_addresses - 1)].packed
        return bytes.fromhex("20010db8") + self._chance.randbytes(_IPV6_BYTES - _IPV4_BYTES)

    def hardware(self, packed: bytes) -> bytes:
        """Replace a hardware address by a locally administered one; all zeros and broadcast stay."""
        if len(set(packed)) == 1:
            return packed
        self.replaced["hardware addresses"] += 1
        return self._stand_in(packed, lambda size: b"\x02" + self._chance.randbytes(size - 1))

    def _stand_in(self, packed: bytes, make: Callable[[int], bytes]) -> bytes:
        known = self._bytes.get(packed)
        if known is None:
            known = make(len(packed))
            while known in self._taken:
                known = make(len(packed))
            self._taken.add(known)
            self._bytes[packed] = known
        return known

    def stand_in_of(self, packed: bytes) -> bytes | None:
        """Return what stands for an address that was met before."""
        return self._bytes.get(packed)
