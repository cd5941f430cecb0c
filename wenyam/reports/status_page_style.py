"""How the status page looks: colours with their contrast, and the style sheet that stands inside the page."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final


@dataclass(frozen=True, slots=True)
class Colours:
    """One scheme; every colour of text is readable on `ground` and on `card`, every mark can be told from `card`."""

    ground: str
    card: str
    text: str
    quiet: str
    link: str
    line: str
    up: str
    down: str
    planned: str
    unknown: str

    @property
    def texts(self) -> tuple[str, ...]:
        """What words are written in."""
        return (self.text, self.quiet, self.link, self.up, self.down, self.planned, self.unknown)


LIGHT: Final = Colours(
    "#f4f5f7", "#ffffff", "#16181d", "#4d5562", "#0b57b0", "#c9ced6",
    up="#146c2e", down="#b3141b", planned="#7a4b00", unknown="#4d5562"
)  # fmt: skip
DARK: Final = Colours(
    "#101317", "#1a1f26", "#eceff3", "#aab3c0", "#8ab8f5", "#3b444f",
    up="#6fce8b", down="#ff8f8a", planned="#f0b95a", unknown="#aab3c0"
)  # fmt: skip

_NAMES = ("ground", "card", "text", "quiet", "link", "line", "up", "down", "planned", "unknown")

_RULES = """
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);overflow-wrap:anywhere;line-height:1.65;
font:1rem/1.65 "Noto Sans Thai","Sarabun","TH Sarabun New","Leelawadee UI","Loma",Tahoma,system-ui,sans-serif}
header,main,footer,.old{max-width:62rem;margin:0 auto;padding:.75rem 1rem}
h1{font-size:1.6rem;line-height:1.4;margin:.25rem 0}
h2{font-size:1.2rem;margin:1.5rem 0 .5rem}
h3{font-size:1.05rem;margin:0;flex:1 1 14rem}
p,ul{margin:.25rem 0}
ul.plain{list-style:none;padding:0}
a{color:var(--link)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static}
nav{float:right;padding:.25rem 0 .25rem 1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.75rem 1rem;margin:0 0 .75rem}
.head{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline}
.overall{font-size:1.15rem;font-weight:600}
.state{font-weight:600;white-space:nowrap}
.up{color:var(--up)}.down{color:var(--down)}.planned{color:var(--planned)}.unknown{color:var(--unknown)}
.quiet{color:var(--quiet);font-size:.9rem}
.ends{display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap}
@media (max-width:40rem){.ends span:nth-child(2){order:3;flex-basis:100%}}
svg{display:block;width:100%;height:2.25rem;margin:.5rem 0 .1rem}
svg.key{display:inline-block;width:.7rem;height:1.2rem;margin:0 .3rem 0 0;vertical-align:-.2rem}
svg .up{fill:var(--up)}svg .down{fill:var(--down)}svg .planned{fill:var(--planned)}svg .empty{fill:var(--line)}
svg .unknown{fill:none;stroke:var(--unknown);stroke-width:1;vector-effect:non-scaling-stroke}
.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.2rem;list-style:none;padding:0}
code{font-size:.8rem}
.old{visibility:hidden;height:0;margin:0 auto;padding:0;overflow:hidden;font-weight:600;color:var(--down)}
@keyframes old{to{visibility:visible;height:auto;padding:.75rem 1rem}}
@media print{.old,nav,.skip{display:none}}
"""


def style_sheet(seconds_until_old: float) -> str:
    """Return the whole sheet; after these seconds an open page says that it should be loaded again, without a script."""
    old = f".old{{animation:old 0s linear {max(1, round(seconds_until_old))}s forwards}}"
    dark = f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    return f":root{{color-scheme:light dark;{_variables(LIGHT)}}}{dark}{_RULES}{old}\n"


def policy(style: str) -> str:
    """Return the content security policy: nothing is loaded, run or sent; only this very style sheet counts."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _variables(colours: Colours) -> str:
    return ";".join(f"--{name}:{getattr(colours, name)}" for name in _NAMES)
