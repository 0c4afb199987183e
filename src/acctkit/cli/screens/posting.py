"""A new entry for a line: as it is suggested, or by account; and the entry as it will be posted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from acctkit.cli.reconciling import Posting, Sitting, find_posting, new_entry, require_base, wanted
from acctkit.cli.screens import drawing
from acctkit.cli.screens.dialogs import Form, Label
from acctkit.cli.screens.rows import Rows
from acctkit.cli.screens.view import View, figure
from acctkit.cli.show import clean, clean_lines
from acctkit.coding import Suggestion, coding_draft, target
from acctkit.problem import Refusal
from acctkit.reconcile import OpenLine
from acctkit.reports.account import accounts_like, find_account

_MOST_LIKE = 5
_MOST_SUGGESTED = 4


class _Suggestions(Rows, inherit_bindings=False):
    """What is suggested; letters are for the account that is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]


class Post(Form[Posting | Suggestion]):
    """What is to be posted for a line; None where it was left. `suggest` may take its time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("enter", "take", show=False),
        Binding("tab", "next_field(1)", show=False),
        Binding("shift+tab", "next_field(-1)", show=False),
        Binding("down", "next_field(1)", show=False),
        Binding("up", "next_field(-1)", show=False),
    ]

    def __init__(self, view: View, row: OpenLine, sitting: Sitting, suggest: Callable[[], list[Suggestion]]) -> None:
        super().__init__()
        self.view = view
        self.row = row
        self.sitting = sitting
        self.suggest = suggest
        self.suggestions: list[Suggestion] = []
        self.posting: Posting | None = None

    def compose(self) -> ComposeResult:
        """The line, the fields, the entry."""
        unit = self.view.bank.unit
        about = f"{drawing.day_text(self.row.line.date)}  {figure(unit, self.row.amount)}  "
        with Vertical(classes="dialog wide"):
            yield Static(Text("A new entry for this line"), classes="heading")
            yield Static(Text(about + drawing.line_words(self.row)))
            yield Static(Text("looking how lines like it were coded…", "dim"), id="suggested-head")
            yield _Suggestions(self._draw, self._show, id="suggested")
            yield Label("Account: its name, its end, or its nominal code", "account")
            yield Input(id="account", select_on_focus=False)
            yield Label("VAT code (S, R, Z, E, O; none: leave empty)", "code")
            yield Input(id="code")
            yield Label("Party: its code", "party")
            yield Input(id="party")
            yield Label("What for", "narration")
            yield Input(clean(self.row.line.text), id="narration")
            yield Static(id="draft")
            words = "enter: next, and post at the end   up down: another field   escape: leave it"
            yield Static(Text(words, "dim"), classes="keys")

    def on_mount(self) -> None:
        """The account comes first, until something is suggested."""
        self._list.display = False
        self.set_focus(self.query_one("#account", Input))
        self._show()
        self.run_worker(self._suggest())

    @property
    def _list(self) -> Rows:
        return self.query_one("#suggested", Rows)

    async def _suggest(self) -> None:
        """Show what is suggested when it is known; the keys go there where nothing was typed yet."""
        head = self.query_one("#suggested-head", Static)
        try:
            self.suggestions = (await asyncio.to_thread(self.suggest))[:_MOST_SUGGESTED]
        except Refusal as reason:
            head.update(drawing.refusal_text(reason))
            return
        head.update(Text("Suggested" if self.suggestions else "nothing is suggested for it", "dim"))
        self._list.display = bool(self.suggestions)
        self._list.styles.height = max(1, len(self.suggestions))
        self._list.fill(len(self.suggestions), 0)
        if self.suggestions and not self._value("account"):
            self.set_focus(self._list)
            self._show()

    def _draw(self, at: int, width: int) -> Text:
        del width
        one = self.suggestions[at]
        words = f"{clean(target(self.view.ledger, one))}  {one.tier}: {'; '.join(one.reasons)}"
        return Text(f"  {clean(words)}")

    def _suggested(self) -> Suggestion | None:
        """The suggestion under the cursor, where the keys go there."""
        return self.suggestions[self._list.cursor] if self.focused is self._list and self.suggestions else None

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Mark the field, and show the entry it makes."""
        super().on_descendant_focus(event)
        self._show()

    def on_key(self, event: events.Key) -> None:
        """What is typed while the keys go to the suggestions is the account: it is never passed over."""
        if self.focused is self._list and event.is_printable and event.character:
            event.stop()
            account = self.query_one("#account", Input)
            self.set_focus(account)
            account.insert_text_at_cursor(event.character)

    def _value(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def on_input_changed(self) -> None:
        """Show the entry as it would be."""
        self._show()

    def _show(self) -> None:
        """The fields that the account asks for, and the entry, or what is missing of it."""
        ledger = self.view.ledger
        shown, wants = Text(), ""
        self.posting = None
        if one := self._suggested():
            draft = coding_draft(ledger, [one], self.sitting.context.today)
            shown = Text(clean_lines(draft.texts[0].rstrip()))
            shown.append(
                f"\n{clean('; '.join(one.reasons))}" + (f" - but {clean(one.why)}" if one.why else ""), "italic"
            )
            self.query_one("#draft", Static).update(shown)
            return
        try:
            account = find_account(ledger, self._value("account")) if self._value("account") else ""
            wants = wanted(ledger, account) if account else ""
            if account:
                require_base(ledger, self.view.proposal)
                code = self._value("code").upper() if wants == "code" else ""
                party = self._value("party") if wants == "party" else ""
                found = find_posting(ledger, self.row, account, party, code, self._value("narration"))
                draft = new_entry(ledger, self.sitting.account, self.row, found)
                self.posting = found
                shown = Text(clean_lines(draft.texts[0].rstrip()))
        except Refusal as reason:
            shown = self._like() or drawing.refusal_text(reason)
        for field in ("code", "party"):
            for name in (f"#{field}", f"#{field}-label"):
                self.query_one(name).display = wants == field
        self.query_one("#draft", Static).update(shown)

    def _like(self) -> Text | None:
        """The accounts that have what was typed somewhere in their names."""
        typed = self._value("account")
        ledger = self.view.ledger
        like = [name for name in accounts_like(ledger, typed) if name in ledger.accounts] if typed else []
        if not like or find_exactly(self.view, typed):
            return None
        more = f"\n  and {len(like) - _MOST_LIKE} more" if len(like) > _MOST_LIKE else ""
        return Text("\n".join(f"  {clean(name)}" for name in like[:_MOST_LIKE]) + more)

    def action_next_field(self, by: int) -> None:
        """The next field, or the one before; the suggestions are the first."""
        fields: list[Widget] = [*([self._list] if self.suggestions else []), *self._fields()]
        at = fields.index(self.focused) if self.focused in fields else 0
        self.set_focus(fields[(at + by) % len(fields)])

    def _fields(self) -> list[Input]:
        return [one for one in self.query(Input) if one.display]

    def action_take(self) -> None:
        """The suggestion under the cursor is posted."""
        if one := self._suggested():
            self.dismiss(one)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The next field; from the last, the entry is posted where nothing is missing."""
        fields = self._fields()
        at = fields.index(event.input)
        if event.input.id == "account" and not self._whole():
            return
        if at + 1 < len(fields):
            self.set_focus(fields[at + 1])
        elif self.posting is not None:
            self.dismiss(self.posting)

    def _whole(self) -> bool:
        """Whether the account is known; of several that are like what was typed, the only one is taken."""
        typed = self._value("account")
        if find_exactly(self.view, typed):
            return True
        like = [name for name in accounts_like(self.view.ledger, typed) if name in self.view.ledger.accounts]
        if typed and len(like) == 1:
            self.query_one("#account", Input).value = like[0]
            return True
        return False

    def action_leave(self) -> None:
        """Nothing is posted."""
        self.dismiss(None)


def find_exactly(view: View, typed: str) -> str:
    """The account that was typed, "" where it is none or several."""
    try:
        return find_account(view.ledger, typed) if typed else ""
    except Refusal:
        return ""
