"""Long sentences over several lines; Thai, which has no spaces between words, is broken where it fills the line."""

from rich.cells import cell_len

from wenyam.tui.cells import fits


def wrapped(text: str, width: int) -> list[str]:
    """Return the lines of a text: broken at spaces, a word longer than a line where it fills it."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while cell_len(line) > width:
            head = fits(line, width)
            lines.append(head)
            line = line[len(head) :]
    return [*lines, line] if line else lines
