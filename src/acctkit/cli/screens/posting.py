"""A new entry for a line: the account, what it needs beside, the words, and the entry as it will be posted."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from acctkit.cli.reconciling import Posting, find_posting, new_entry, wanted
from acctkit.cli.screens import drawing
from acctkit.cli.screens.dialogs import Form, Label
from acctkit.cli.screens.view import View, figure
from acctkit.cli.show import clean, clean_lines
from acctkit.problem import Refusal
from acctkit.reconcile import OpenLine
from acctkit.reports.account import accounts_like, find_account

_MOST_LIKE = 5


class Post(Form[Posting]):
    """What is to be posted for a line; None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down", "next_field(1)", show=False),
        Binding("up", "next_field(-1)", show=False),
    ]

    def __init__(self, view: View, row: OpenLine, bank_account: str) -> None:
        super().__init__()
        self.view = view
        self.row = row
        self.bank_account = bank_account
        self.posting: Posting | None = None

    def compose(self) -> ComposeResult:
        """The line, the fields, the entry."""
        unit = self.view.bank.unit
        about = f"{drawing.day_text(self.row.line.date)}  {figure(unit, self.row.amount)}  "
        with Vertical(classes="dialog wide"):
            yield Static(Text("A new entry for this line"), classes="heading")
            yield Static(Text(about + drawing.line_words(self.row)))
            yield Label("Account: its name, its end, or its nominal code", "account")
            yield Input(id="account")
            yield Label("VAT code (S, R, Z, E, O; none: leave empty)", "code")
            yield Input(id="code")
            yield Label("Party: its code", "party")
            yield Input(id="party")
            yield Label("What for", "narration")
            yield Input(clean(self.row.line.text), id="narration")
            yield Static(id="draft")
            yield Static(Text("enter: next, and post at the end   escape: leave it", "dim"), classes="keys")

    def on_mount(self) -> None:
        """The account comes first."""
        self.set_focus(self.query_one("#account", Input))
        self._show()

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
        try:
            account = find_account(ledger, self._value("account")) if self._value("account") else ""
            wants = wanted(ledger, account) if account else ""
            if account:
                code = self._value("code").upper() if wants == "code" else ""
                party = self._value("party") if wants == "party" else ""
                found = find_posting(ledger, self.row, account, party, code, self._value("narration"))
                draft = new_entry(ledger, self.bank_account, self.row, found)
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
        """The next field, or the one before."""
        fields = [one for one in self.query(Input) if one.display]
        at = next((n for n, one in enumerate(fields) if one.has_focus), 0)
        self.set_focus(fields[(at + by) % len(fields)])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The next field; from the last, the entry is posted where nothing is missing."""
        fields = [one for one in self.query(Input) if one.display]
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
