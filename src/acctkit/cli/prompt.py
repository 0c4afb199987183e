"""The reconciliation prompt: one open line after another, and an answer that is written at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import typer

from acctkit.cli.context import Context
from acctkit.cli.load import checks
from acctkit.cli.show import clean, show_problems
from acctkit.journal.entries import Money
from acctkit.journal.writer import Draft, record_text
from acctkit.ledger.ledger import Ledger
from acctkit.money import to_decimal
from acctkit.problem import Refusal

if TYPE_CHECKING:
    from acctkit.reconcile import Match, OpenEntry, OpenLine, Proposal

_MOST_CANDIDATES = 9
_KEYS = "[a]ccept 1  [1-9] choose  [p]ost new  [q]uery  [s]kip  [u]ndo  [x] quit"


@dataclass
class _Session:
    """The account being worked through, the lines skipped, and what undoes each answer, the last one last.

    Each answer is undone by one append after another.
    """

    context: Context
    account: str
    day: date | None
    skipped: set[str] = field(default_factory=set)
    undos: list[tuple[str, tuple[Callable[[Ledger], Draft], ...]]] = field(default_factory=list)

    def ledger(self) -> Ledger:
        from acctkit.books.reader import open_books

        return open_books(self.context.root(), checks()).ledger

    def proposal(self) -> Proposal:
        from acctkit.reconcile import propose

        return propose(self.ledger(), self.account, as_of=self.day)

    def write(self, propose: Callable[[Ledger], Draft], what: str = "", *undo: Callable[[Ledger], Draft]) -> bool:
        """Append an answer; where it is refused, say why and go on."""
        import sys

        from acctkit.books import pen

        try:
            done = pen.append(self.context.root(), propose, self.context.writer(), checks())
        except Refusal as reason:
            show_problems(reason.problems, sys.stdout)
            return False
        if done.refs:
            print(f"  posted {', '.join(done.refs)}")
        if undo and done.line:
            self.undos.append((what, undo))
        return True


def work_through(context: Context, account: str, day: date | None) -> None:
    """Ask about each open line until none is left or the person stops. Nothing answered is ever lost."""
    session = _Session(context, account, day)
    try:
        while _ask_next(session):
            pass
    except (KeyboardInterrupt, EOFError, typer.Abort):
        print("\nstopped: every answer so far is in the books")
        raise KeyboardInterrupt from None


def _yes(question: str, *, default: bool) -> bool:
    """A question answered with y or n; enter takes the default, anything else is no."""
    answer = typer.prompt(f"{question} [{'Y/n' if default else 'y/N'}]", default="", show_default=False)
    return answer.strip().lower() in ("y", "yes") or (not answer.strip() and default)


def _match_certain(session: _Session, certain: tuple[Match, ...]) -> None:
    """Offer all that is certain at once; what is declined is left for another sitting."""
    from acctkit.reconcile import propose, reconcile_draft

    session.skipped |= {line for one in certain for line in one.lines}
    for one in certain:
        print(clean(f"  {', '.join(one.lines)} is {', '.join(one.entries)}  {'; '.join(one.reasons)}"))
    if _yes(f"{len(certain)} match{'es are' if len(certain) > 1 else ' is'} certain. Record?", default=True):
        today = session.context.today

        def draft(ledger: Ledger) -> Draft:
            return reconcile_draft(propose(ledger, session.account, as_of=session.day).matched, today)

        session.write(draft, f"{len(certain)} certain matches", lambda _: _undo_matches(certain, today))


def _ask_next(session: _Session) -> bool:
    """Ask about the first open line that was not skipped; False when there is none, or to stop."""
    proposal = session.proposal()
    certain = tuple(one for one in proposal.matched if not session.skipped.issuperset(one.lines))
    if certain:
        _match_certain(session, certain)
        return True
    waiting = [row for row in proposal.unmatched_lines if row.line.id not in session.skipped]
    if not waiting:
        left = len(proposal.unmatched_lines) + sum(len(one.lines) for one in proposal.matched)
        print(f"{left} line{'s' if left != 1 else ''} left for another time" if left else "no line is left")
        return False
    row = min(waiting, key=lambda found: (found.line.date, found.line.id))
    candidates = _candidates(proposal, row)
    _show_line(session, proposal, row, candidates, len(waiting))
    answer = typer.prompt(_KEYS, default="s", show_default=False).strip().lower()
    if answer == "x":
        print("stopped: every answer so far is in the books")
        return False
    if answer == "s":
        session.skipped.add(row.line.id)
    elif answer == "u":
        _undo_last(session)
    elif answer == "q":
        _query(session, row)
    elif answer == "p":
        _post_new(session, proposal, row)
    elif answer == "a" or answer.isdigit():
        _accept(session, proposal, row, candidates, int(answer) if answer.isdigit() else 1)
    else:
        print(f"`{clean(answer)}` is not an answer")
    return True


def _candidates(proposal: Proposal, row: OpenLine) -> list[tuple[OpenEntry, str]]:
    """Entries a line may be, best first: those suggested, then those of its sign, nearest in amount and date."""
    by_name = {found.entry.name: found for found in proposal.unmatched_entries}
    ordered: dict[str, str] = {}
    for one in proposal.suggested:
        if row.line.id in one.lines and len(one.entries) == 1:
            ordered.setdefault(one.entries[0], f"{'; '.join(one.reasons)} - but {one.why}")
    same_sign = [found for found in by_name.values() if found.amount * row.amount > 0]
    same_sign.sort(key=lambda f: (abs(f.amount - row.amount), abs((f.entry.date - row.line.date).days), f.entry.name))
    for found in same_sign:
        ordered.setdefault(found.entry.name, "")
    listed = [(by_name[name], why) for name, why in ordered.items() if name in by_name]
    return listed[:_MOST_CANDIDATES]


def _show_line(
    session: _Session, proposal: Proposal, row: OpenLine, candidates: list[tuple[OpenEntry, str]], left: int
) -> None:
    from acctkit.reconcile import state

    amount = proposal.unit.text
    recon = state(session.ledger(), session.account, proposal.as_of)
    print(f"\n{left} left, difference {amount(recon.difference)}")
    line = row.line
    print(f"  {line.date}  {amount(row.amount):>12}  {clean(f'{line.payer} {line.text}'.strip())}  ({clean(line.id)})")
    for number, (found, why) in enumerate(candidates, 1):
        entry = found.entry
        words = clean(" | ".join(filter(None, (entry.entry.payee, entry.entry.narration))))
        print(f"   {number}  {entry.date}  {amount(found.amount):>12}  {clean(entry.name)}  {words}")
        if why:
            print(f"      {clean(why)}")
    if not candidates:
        print("   no entry of that sign is open: post it, or ask somebody")


# Answers.


def _accept(
    session: _Session, proposal: Proposal, row: OpenLine, candidates: list[tuple[OpenEntry, str]], number: int
) -> None:
    from acctkit.reconcile import Match, Part, reconcile_draft

    if not 1 <= number <= len(candidates):
        print(f"there is no candidate {number}")
        return
    found = candidates[number - 1][0]
    minor = min(abs(row.amount), abs(found.amount)) * (1 if row.amount > 0 else -1)
    if abs(row.amount) != abs(found.amount):
        shown = proposal.unit.text
        question = f"the amounts differ: match {shown(minor)} of {shown(row.amount)}, and leave the rest open?"
        if not _yes(question, default=False):
            return
    part = Part(row.line.statement.id, row.line.id, found.entry.name, proposal.unit.amount(minor))
    chosen = Match((part,), 0, "chosen", (f"chosen by {session.context.writer().who}",))
    today = session.context.today
    what = f"{row.line.id} is {found.entry.name}"
    session.write(lambda _: reconcile_draft([chosen], today), what, lambda _: _undo_matches((chosen,), today))


def _undo_matches(matches: tuple[Match, ...], today: date) -> Draft:
    """The records that take matches back."""
    texts = []
    for one in matches:
        for part in one.parts:
            money = Money(to_decimal(part.amount.minor, part.amount.scale), part.amount.commodity)
            words = ("reconcile", part.statement, part.line, part.entry, money)
            texts.append(record_text(today, "undo", words, {"reason": "taken back while reconciling"}))
    return Draft(tuple(texts))


def _undo_last(session: _Session) -> None:
    if not session.undos:
        print("nothing was answered yet in this sitting")
        return
    what, steps = session.undos.pop()
    if not _yes(f"take back: {what}?", default=True):
        session.undos.append((what, steps))
        return
    for number, step in enumerate(steps):
        if not session.write(step):
            session.undos.append((what, steps[number:]))
            return
    print("the last answer was taken back")


def _query(session: _Session, row: OpenLine) -> None:
    """A question to somebody about a line; the line stays open and is skipped for now."""
    who = typer.prompt("Ask whom").strip()
    question = typer.prompt("What").strip()
    today = session.context.today
    words = (f"{row.line.statement.id}/{row.line.id}", who, question)
    session.skipped.add(row.line.id)
    meta = {"reason": "taken back while reconciling"}
    session.write(
        lambda _: Draft((record_text(today, "query", words),)),
        f"the question to {who}",
        lambda _: Draft((record_text(today, "undo", ("query", *words), meta),)),
    )


def _post_new(session: _Session, proposal: Proposal, row: OpenLine) -> None:
    """A new entry for a line, and its match with the line, in one append."""
    from acctkit.coding import coded_entry
    from acctkit.ledger.items import parties
    from acctkit.ledger.nearest import meant
    from acctkit.reconcile import Match, Part, reconcile_draft
    from acctkit.reports.account import find_account

    ledger = session.ledger()
    if proposal.unit.currency != ledger.entity.currency:
        print(f"post it in {proposal.unit.currency} with its worth in {ledger.entity.currency}: acct post -")
        return
    asked = typer.prompt("Account", default="").strip()
    if not asked:
        return
    try:
        account = find_account(ledger, asked)
    except Refusal as reason:
        print(clean(str(reason)))
        return
    print(f"  {account}")
    party, code, tax = _party_and_code(ledger, account, row)
    if party and party not in parties(ledger):
        print(f"there is no party {clean(party)}: {meant(party, parties(ledger), 'acct aged lists them')}")
        return
    narration = typer.prompt("What for", default=clean(row.line.text)).strip()
    today, line = session.context.today, row.line
    match: list[Match] = []

    def draft(now: Ledger) -> Draft:
        new = coded_entry(
            now, day=line.date, bank_account=session.account, amount=row.amount, account=account,
            narration=narration, payee=line.payer, code=code, tax=tax, party=party,
        )  # fmt: skip
        part = Part(line.statement.id, line.id, new.refs[0], proposal.unit.amount(row.amount))
        match[:] = [Match((part,), 0, "posted", (f"posted for it by {session.context.writer().who}",))]
        return Draft((*new.texts, *reconcile_draft(match, today).texts), new.refs)

    def take_back(now: Ledger) -> Draft:
        from acctkit.documents import reversal

        return reversal(now, match[0].entries[0], line.date, "taken back while reconciling")

    what = f"the entry posted for {line.id}"
    session.write(draft, what, lambda _: _undo_matches(tuple(match), today), take_back)


def _party_and_code(ledger: Ledger, account: str, row: OpenLine) -> tuple[str, str, int]:
    """The party a control account needs, or the VAT code and the tax within the amount."""
    if ledger.role(account) in ("debtors", "creditors"):
        return typer.prompt("Party").strip(), "", 0
    vat = ledger.entity.vat
    if vat is None or ledger.kind(account) not in ("Income", "Expenses"):
        return "", "", 0
    from acctkit.vat.codes import load_country

    country = load_country(vat.country)
    code = typer.prompt("VAT code (S, R, Z, E, O; none: enter)", default="", show_default=False).strip().upper()
    if not code:
        return "", "", 0
    scale = ledger.scale(ledger.entity.currency)
    return "", code, country.tax_within(abs(row.amount), code, row.line.date, scale) if code in ("S", "R") else 0
