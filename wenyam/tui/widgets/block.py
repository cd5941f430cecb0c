"""A few lines of cells that stay where they are; only lines that changed are drawn again."""

from collections.abc import Sequence

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from wenyam.tui.cells import Line
from wenyam.tui.widgets.toned import Brush, fitted


class Block(Widget):
    """Shows lines; as high as they are many."""

    DEFAULT_CSS = "Block { height: auto; }"

    def __init__(self, lines: Sequence[Line] = (), *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's own name
        """Take the first lines."""
        super().__init__(id=id, classes=classes)
        self._brush = Brush(self)
        self._lines: list[Line] = list(lines)

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines."""
        before, self._lines = self._lines, list(lines)
        if len(before) != len(self._lines):
            self.refresh(layout=True)
            return
        for number, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                self.refresh(Region(0, number, self.size.width, 1))

    def notify_style_update(self) -> None:
        """Draw in the new styles."""
        super().notify_style_update()
        self._brush.forget()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002  # Textual's own signature
        """Return the number of lines."""
        return len(self._lines)

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002  # Textual's own signature
        """Take its place as it is: nothing scrolls in it, so the screen need not be laid out once more."""
        return super()._size_updated(size, virtual_size, container_size, layout=False)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        return self._brush.strip(fitted(self._lines[y], self.size.width) if y < len(self._lines) else ())
