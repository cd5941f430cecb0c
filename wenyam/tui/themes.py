"""The two looks: light letters on dark and dark letters on light, each with contrast enough to read every tone."""

from textual.theme import Theme

DARK = Theme(
    name="wenyam-dark",
    dark=True,
    primary="#3a6ea5",
    secondary="#d787ff",
    accent="#5fd7ff",
    success="#5fd787",
    warning="#ffd75f",
    error="#ff6b6b",
    foreground="#e4e4e4",
    background="#101418",
    surface="#101418",
    panel="#1c2530",
    variables={"faint": "#909aa5", "cursor": "#26405c", "footer-key": "#ffd75f"},
)
LIGHT = Theme(
    name="wenyam-light",
    dark=False,
    primary="#3a6ea5",
    secondary="#8e24aa",
    accent="#00687a",
    success="#006b3c",
    warning="#8a5a00",
    error="#b00020",
    foreground="#1a1a1a",
    background="#fbfbf8",
    surface="#fbfbf8",
    panel="#e4e7ec",
    variables={"faint": "#5c6670", "cursor": "#cfe0f3", "footer-key": "#8a5a00"},
)
THEMES = (DARK, LIGHT)
