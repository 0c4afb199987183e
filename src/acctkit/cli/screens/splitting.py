"""One line against several entries: an amount for each, typed or filled in, and the rest always in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from acctkit.cli.screens import drawing
from acctkit.cli.screens.rows import Rows
from acctkit.cli.screens.view import figure
from acctkit.money import parse_number
from acctkit.reconcile import OpenEntry, OpenLine
from acctkit.reconcile.evidence import Unit

Amounts = list[tuple[OpenEntry, int]]
_TYPED = (*((digit, digit) for digit in "0123456789"), ("full_stop", "."), ("comma", ","), ("minus", "-"))


class Split(ModalScreen[Amounts | None]):
    """The entries of a line with so much of each; the amounts chosen, or None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("enter", "record", show=False),
        Binding("space", "fill", show=False),
        Binding("backspace", "rub", show=False),
        Binding("delete", "clear", show=False),
        *(Binding(key, f"type('{sign}')", show=False) for key, sign in _TYPED),
    ]

    def __init__(self, unit: Unit, row: OpenLine, entries: Sequence[OpenEntry], chosen: int) -> None:
        super().__init__()
        self.unit = unit
        self.row = row
        self.entries = entries
        self.texts = [""] * len(entries)
        self.is_new = True  # the amount under the cursor: nothing was typed in it yet
        for at in range(chosen):
            self._fill(at)
        amounts = [of.amount for of in entries]
        self.columns = drawing.columns(unit, [row.amount, *amounts], [of.entry.date for of in entries])

    def compose(self) -> ComposeResult:
        """The line, the entries, what is left."""
        with Vertical(classes="dialog wide"):
            yield Static(Text("How much of the line each entry is"), classes="heading")
            yield Static(id="split-line")
            yield Static(id="split-head")
            yield Rows(self._draw, self._moved, id="split-rows")
            yield Static(id="split-sum")
            words = "type an amount   space: all that fits   delete: nothing   enter: record   escape: leave it"
            yield Static(Text(words, "dim"), classes="keys")

    def on_mount(self) -> None:
        """The cursor on the first amount."""
        rows = self.query_one(Rows)
        rows.styles.height = max(1, min(len(self.entries), self.app.size.height - 14))
        rows.fill(len(self.entries), 0)
        self.set_focus(rows)
        words = Text(f"{drawing.day_text(self.row.line.date)}  ")
        words.append(figure(self.unit, self.row.amount), "bold")
        words.append(f"  {drawing.line_words(self.row)}")
        self.query_one("#split-line", Static).update(words)
        self._show()

    def amounts(self) -> list[int | None]:
        """The amount beside each entry; None where it is none, or more than is open of the entry."""
        found: list[int | None] = []
        for text, of in zip(self.texts, self.entries, strict=True):
            minor = self._minor(text)
            if minor is not None and not 0 <= minor * (1 if of.amount > 0 else -1) <= abs(of.amount):
                minor = None
            found.append(minor)
        return found

    def _minor(self, text: str) -> int | None:
        if not text:
            return 0
        number = parse_number(text)
        if number is None or number != round(number, self.unit.scale):
            return None
        return self.unit.minor(number)

    @property
    def rest(self) -> int:
        """What of the line is not given to any entry."""
        return self.row.amount - sum(minor or 0 for minor in self.amounts())

    def _fill(self, at: int) -> None:
        """All that fits: what is open of the entry, or what is left of the line where that is less."""
        self.texts[at] = ""
        of, rest = self.entries[at], self.rest
        minor = min(of.amount, rest, key=abs) if of.amount * rest > 0 else of.amount
        self.texts[at] = self.unit.text(minor)

    def _show(self) -> None:
        rest, unit = self.rest, self.unit
        words = Text("rest of the line ")
        words.append(figure(unit, rest), "bold green" if not rest else "bold")
        if rest:
            is_over = rest * self.row.amount < 0
            words.append("  more than the line is" if is_over else "  stays open")
        wrong = [of.entry.name for of, minor in zip(self.entries, self.amounts(), strict=True) if minor is None]
        if wrong:
            words = Text(f"not an amount that is open of {', '.join(wrong)}", "bold")
        self.query_one("#split-sum", Static).update(words)
        head = f"   {'Date':11}  {'Open':>{self.columns.figures}}  {'Of this line':>14}  Entry"
        self.query_one("#split-head", Static).update(Text(head, "dim"))
        self.query_one(Rows).refresh()

    def _draw(self, at: int, width: int) -> Text:
        del width
        of = self.entries[at]
        typed = self.texts[at]
        text = Text(f"   {drawing.day_text(of.entry.date)}  ")
        text.append(drawing.spaced(figure(self.unit, of.amount), self.columns.figures))
        text.append("  ")
        text.append(f"{typed or '-':>14}", "bold underline" if typed else "dim")
        text.append(f"  {of.entry.name}  {drawing.entry_words(of)}")
        return text

    def _moved(self) -> None:
        """Another amount is typed now."""
        self.is_new = True

    def action_type(self, sign: str) -> None:
        """A sign is put to the amount under the cursor; the first one begins it anew."""
        at = self.query_one(Rows).cursor
        self.texts[at] = sign if self.is_new else self.texts[at] + sign
        self.is_new = False
        self._show()

    def action_rub(self) -> None:
        """Take the last figure off."""
        at = self.query_one(Rows).cursor
        self.texts[at] = self.texts[at][:-1]
        self.is_new = False
        self._show()

    def action_clear(self) -> None:
        """Nothing of this entry."""
        self.texts[self.query_one(Rows).cursor] = ""
        self._show()

    def action_fill(self) -> None:
        """All that fits of this entry, and on to the next."""
        rows = self.query_one(Rows)
        self._fill(rows.cursor)
        self._show()
        rows.action_move(1)

    def action_record(self) -> None:
        """The amounts as they stand, where they can be."""
        amounts = self.amounts()
        given = [(of, minor) for of, minor in zip(self.entries, amounts, strict=True) if minor]
        total = self.row.amount - self.rest
        fits = 0 <= total * (1 if self.row.amount > 0 else -1) <= abs(self.row.amount)
        if None not in amounts and given and fits:
            self.dismiss(given)
        elif not given:
            self.query_one("#split-sum", Static).update(Text("no entry has an amount yet", "bold"))

    def action_leave(self) -> None:
        """Nothing is done."""
        self.dismiss(None)
