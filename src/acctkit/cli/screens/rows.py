"""A list of rows with a cursor, of which only those in sight are drawn: thousands of rows cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

_CURSOR = Style(reverse=True)
_RESTING = Style(bold=True)
# Draws the row of a number in so many columns.
Draw = Callable[[int, int], Text]


def fitted(text: Text, width: int) -> Text:
    """A text just so wide: filled with blanks, or cut with an ellipsis."""
    if text.cell_len > width:
        keep = min(len(text), width - 1)
        while keep > 0 and text[:keep].cell_len >= width:
            keep -= 1
        text = text[:keep].append("…") if keep >= 0 else Text()
    return text.append(" " * max(0, width - text.cell_len))


class Rows(ScrollView, can_focus=True):
    """Rows drawn by `draw`, with a cursor on one of them; `moved` is called when it is on another."""

    DEFAULT_CSS = """
    Rows { scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "move(-1000000000)", show=False),
        Binding("end,G", "move(1000000000)", show=False),
    ]

    def __init__(self, draw: Draw, moved: Callable[[], None], *, id: str) -> None:  # noqa: A002 - the word of textual
        super().__init__(id=id)
        self.draw_row = draw
        self.moved = moved
        self.count = 0
        self.cursor = 0

    def fill(self, count: int, cursor: int) -> None:
        """Show so many rows, with the cursor on one of them."""
        self.count = count
        self.virtual_size = Size(0, count)
        self.cursor = max(0, min(cursor, count - 1))
        self._keep_in_sight()
        self.refresh()

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, the nearest there is, and say so at once: the next key is for that row."""
        row = max(0, min(row, self.count - 1))
        if row != self.cursor:
            self.cursor = row
            self._keep_in_sight()
            self.refresh()
            self.moved()

    def action_move(self, by: int) -> None:
        """Up or down by so many rows."""
        self.move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Up or down by a screenful."""
        self.move_to(self.cursor + by * max(1, self.size.height - 1))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse points."""
        self.focus()
        self.move_to(event.y + round(self.scroll_offset.y))

    def on_focus(self) -> None:
        """The cursor is drawn otherwise where the keys go."""
        self.refresh()

    def on_blur(self) -> None:
        """The same, where they do not."""
        self.refresh()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._keep_in_sight()

    def _keep_in_sight(self) -> None:
        self.scroll_to_region(Region(0, self.cursor, 1, 1), animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        width = self.size.width
        row = y + round(self.scroll_offset.y)
        if not 0 <= row < self.count:
            return Strip.blank(width, self.rich_style)
        text = fitted(self.draw_row(row, width), width)
        if row == self.cursor:
            text.stylize(_CURSOR if self.has_focus else _RESTING)
        segments = text.render(self.app.console)
        return Strip(segments, width).apply_style(self.rich_style).adjust_cell_length(width, self.rich_style)
