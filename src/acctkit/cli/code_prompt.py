"""The coding prompt: one suggestion after another, and an answer that is written at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import checks
from acctkit.cli.show import clean, folded, show_problems
from acctkit.problem import Refusal, refusal

if TYPE_CHECKING:
    from acctkit.coding import CodingProposal, Suggestion
    from acctkit.journal.writer import Draft
    from acctkit.ledger.ledger import Ledger

_KEYS = "[y]es  [r]ule  [s]kip  [x] quit"


def ask_each(context: Context, account: str, only: str, reason: str) -> None:
    """Ask about what is certain all at once, then about each suggestion. Nothing answered is ever lost."""
    sitting = _Sitting(context, account, only, reason)
    try:
        sitting.certain()
        while sitting.next():
            pass
    except (KeyboardInterrupt, EOFError, typer.Abort):
        print("\nstopped: every answer so far is in the books")
        raise KeyboardInterrupt from None


class _Sitting:
    """The account being worked through, and the lines that were answered with no or skipped."""

    def __init__(self, context: Context, account: str, only: str, reason: str) -> None:
        self.context = context
        self.account = account
        self.only = only
        self.reason = reason
        self.passed: set[tuple[str, str]] = set()

    def _found(self, ledger: Ledger) -> CodingProposal:
        from acctkit.cli.coded import proposal

        return proposal(self.context.root(), ledger, self.account, soft=bool(self.reason))

    def _open(self) -> tuple[Ledger, CodingProposal]:
        from acctkit.books.reader import open_books

        ledger = open_books(self.context.root(), checks()).ledger
        return ledger, self._found(ledger)

    def _is_asked(self, one: Suggestion) -> bool:
        return one.line.key not in self.passed and self.only in ("", one.line.id)

    def certain(self) -> None:
        """Offer all that is certain at once; what is declined is asked about line by line."""
        ledger, found = self._open()
        sure = [one for one in found.coded if self._is_asked(one)]
        if not sure:
            return
        for one in sure:
            self._show(ledger, one)
        lines = "1 line is" if len(sure) == 1 else f"{len(sure)} lines are"
        answer = typer.prompt(f"{lines} certain. Post? [Y/n]", default="", show_default=False)
        if answer.strip().lower() in ("", "y", "yes"):
            self._write(sure)

    def next(self) -> bool:
        """Ask about the first suggestion that was not passed; False when there is none, or to stop."""
        ledger, found = self._open()
        waiting = [one for one in (*found.coded, *found.suggested) if self._is_asked(one)]
        if not waiting:
            return False
        one = min(waiting, key=lambda each: (each.line.date, each.line.key))
        print()
        self._show(ledger, one)
        answer = typer.prompt(_KEYS, default="s", show_default=False).strip().lower()
        if answer == "x":
            print("stopped: every answer so far is in the books")
            return False
        if answer in ("y", "yes"):
            if not self._write([one]):
                self.passed.add(one.line.key)
        elif answer == "r":
            self._rule(ledger, one)
        elif answer in ("n", "no", "s", ""):
            self.passed.add(one.line.key)
        else:
            print(f"`{clean(answer)}` is not an answer")
        return True

    def _show(self, ledger: Ledger, one: Suggestion) -> None:
        from acctkit.coding import shown, target

        line = one.line
        said = [f"{one.tier}: {target(ledger, one)}", *one.reasons, *([f"but {one.why}"] if one.why else ())]
        print(folded(clean(f"  {line.date}  {shown(ledger, line):>12}  {line.words}  ({line.id})"), sys.stdout))
        for words in said:
            print(folded(clean(f"      {words}"), sys.stdout))

    def _write(self, agreed: list[Suggestion]) -> bool:
        """Post what was agreed, if the books still suggest the same; where it is refused, say why and go on."""
        from acctkit.books import pen
        from acctkit.coding import coding_draft
        from acctkit.posting import reasoned

        def draft(ledger: Ledger) -> Draft:
            found = self._found(ledger)
            now = {one.line.key: one for one in (*found.coded, *found.suggested)}
            same = [now.get(one.line.key) for one in agreed]
            pairs = list(zip(agreed, same, strict=True))
            if any(other is None or (other.legs, other.entry) != (one.legs, one.entry) for one, other in pairs):
                raise refusal("X907", "the books have changed since this was shown", "look at it again")
            chosen = [one for one in same if one is not None]
            return reasoned(coding_draft(ledger, chosen, self.context.today), self.reason)

        try:
            done = pen.append(self.context.root(), draft, self.context.writer(), checks())
        except Refusal as reason:
            show_problems(reason.problems, sys.stdout)
            return False
        print(f"  posted {', '.join(done.refs)}" if done.refs else "  matched")
        return True

    def _rule(self, ledger: Ledger, one: Suggestion) -> None:
        """Make a rule of a suggestion: its words are asked for, and lines like it are then coded by themselves."""
        from acctkit.books.coding import add_rule, rules_path, rules_text
        from acctkit.cli.coded import read
        from acctkit.coding import rule_text

        words = typer.prompt("Words of the bank's text", default=" ".join(rule_words(one)))
        name = typer.prompt("The rule's name", default=words.strip().capitalize())
        text = rule_text(ledger, one, name.strip(), words.strip())
        if not text:
            print("  a rule cannot say this: it is for one entry or several lines")
            return
        root = self.context.root()
        held = rules_text(root)
        try:
            read(root, ledger, f"{held}\n{text}")
        except Refusal as reason:
            show_problems(reason.problems, sys.stdout)
            return
        print(text)
        if typer.prompt(f"Add it to {rules_path(root)}? [Y/n]", default="", show_default=False).strip().lower() in (
            "", "y", "yes",
        ):  # fmt: skip
            add_rule(root, text)


def rule_words(one: Suggestion) -> tuple[str, ...]:
    """The words of a line that a rule may ask for: the bank's text up to the first word with a digit."""
    words: list[str] = []
    for word in one.line.text.split():
        if any(sign.isdigit() for sign in word):
            break
        words.append(word)
    return tuple(words) or tuple(one.line.text.split())
