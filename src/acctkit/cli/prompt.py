"""The reconciliation prompt: one open line after another, and an answer that is written at once."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import typer

from acctkit.cli.context import Context
from acctkit.cli.reconciling import (
    Decision,
    Posting,
    Sitting,
    accept,
    agree,
    apart_in_words,
    ask,
    candidates,
    code,
    codings,
    differing,
    find_posting,
    in_words,
    post,
    queries,
    require_base,
    wanted,
)
from acctkit.cli.show import clean, folded, progress, show_problems
from acctkit.problem import Refusal

if TYPE_CHECKING:
    from acctkit.cli.reconciling import Candidate
    from acctkit.ledger.ledger import Ledger
    from acctkit.reconcile import Match, OpenLine, Proposal

_MOST_CANDIDATES = 9
_KEYS = "[a]ccept 1  [1-9] choose  [p]ost new  [q]uery  [s]kip  [u]ndo  [x] quit"


def work_through(context: Context, account: str, day: date | None) -> None:
    """Ask about each open line until none is left or the person stops. Nothing answered is ever lost."""
    sitting = Sitting(context, account, day, progress=progress("matching"))
    told: set[str] = set()
    try:
        while _ask_next(sitting, told):
            pass
    except (KeyboardInterrupt, EOFError, typer.Abort):
        print("\nstopped: every answer so far is in the books")
        raise KeyboardInterrupt from None


def _print(line: str) -> None:
    print(folded(clean(line), sys.stdout))


def _write(sitting: Sitting, decision: Decision) -> bool:
    """Append a decision; where it is refused, say why and go on."""
    try:
        done = sitting.write(decision)
    except Refusal as reason:
        show_problems(reason.problems, sys.stdout)
        return False
    if done.refs:
        print(f"  posted {', '.join(done.refs)}")
    return True


def _yes(question: str, *, default: bool) -> bool:
    """A question answered with y or n; enter takes the default, anything else is no."""
    answer = typer.prompt(f"{question} [{'Y/n' if default else 'y/N'}]", default="", show_default=False)
    return answer.strip().lower() in ("y", "yes") or (not answer.strip() and default)


def _match_certain(sitting: Sitting, certain: tuple[Match, ...]) -> None:
    """Offer all that is certain at once; what is declined is left for another sitting."""
    sitting.skipped |= {line for one in certain for line in one.lines}
    for one in certain:
        _print(f"  {', '.join(one.lines)} is {', '.join(one.entries)}  {'; '.join(one.reasons)}")
    if _yes(f"{len(certain)} match{'es are' if len(certain) > 1 else ' is'} certain. Record?", default=True):
        _write(sitting, agree(sitting, certain, f"{len(certain)} certain matches"))


def _ask_next(sitting: Sitting, told: set[str]) -> bool:
    """Ask about the first open line that was not skipped; False when there is none, or to stop."""
    ledger = sitting.ledger()
    proposal = sitting.proposal(ledger)
    certain = tuple(one for one in proposal.matched if not sitting.skipped.issuperset(one.lines))
    if certain:
        _match_certain(sitting, certain)
        return True
    for words in apart_in_words(proposal):
        if words not in told:
            _print(f"  {words}")
            told.add(words)
    waiting = [row for row in proposal.unmatched_lines if row.line.id not in sitting.skipped]
    if not waiting:
        left = len(proposal.unmatched_lines) + sum(len(one.lines) for one in proposal.matched)
        print(f"{left} line{'s' if left != 1 else ''} left for another time" if left else "no line is left")
        return False
    row = min(waiting, key=lambda found: (found.line.date, found.line.id))
    listed = candidates(proposal, row)[:_MOST_CANDIDATES]
    _show_line(ledger, proposal, row, listed, len(waiting))
    answer = typer.prompt(_KEYS, default="s", show_default=False).strip().lower()
    if answer == "x":
        print("stopped: every answer so far is in the books")
        return False
    if answer == "s":
        sitting.skipped.add(row.line.id)
    elif answer == "u":
        _undo_last(sitting)
    elif answer == "q":
        _query(sitting, row)
    elif answer == "p":
        _post_new(sitting, ledger, proposal, row)
    elif answer == "a" or answer.isdigit():
        _accept(sitting, proposal, row, listed, int(answer) if answer.isdigit() else 1)
    else:
        print(f"`{clean(answer)}` is not an answer")
    return True


def _show_line(ledger: Ledger, proposal: Proposal, row: OpenLine, listed: list[Candidate], left: int) -> None:
    from acctkit.reconcile import state

    amount = proposal.unit.text
    recon = state(ledger, proposal.account, proposal.as_of)
    print(f"\n{left} left, difference {amount(recon.unexplained)}")
    line = row.line
    _print(f"  {line.date}  {amount(row.amount):>12}  {f'{line.payer} {line.text}'.strip()}  ({line.id})")
    for asked in queries(ledger, row):
        _print(f"      asked of {asked.text(1)}: {asked.text(2)}")
    for number, candidate in enumerate(listed, 1):
        for place, found in enumerate(candidate.entries):
            entry = found.entry
            words = " | ".join(filter(None, (entry.entry.payee, entry.entry.narration)))
            mark = str(number) if place == 0 else "+"
            _print(f"   {mark}  {entry.date}  {amount(found.amount):>12}  {entry.name}  {words}")
        if why := in_words(candidate.match):
            _print(f"      {why}")
    if not listed:
        print("   no entry of that sign is open: post it, or ask somebody")


# Answers.


def _accept(sitting: Sitting, proposal: Proposal, row: OpenLine, listed: list[Candidate], number: int) -> None:
    if not 1 <= number <= len(listed):
        print(f"there is no candidate {number}")
        return
    chosen = listed[number - 1]
    minor = differing(row, chosen)
    if minor is not None:
        shown = proposal.unit.text
        question = f"the amounts differ: match {shown(minor)} of {shown(row.amount)}, and leave the rest open?"
        if not _yes(question, default=False):
            return
    _write(sitting, accept(sitting, proposal, row, chosen))


def _undo_last(sitting: Sitting) -> None:
    if not sitting.written:
        print("nothing was answered yet in this sitting")
        return
    what, words = sitting.written[-1]
    if not _yes(f"take back: {what}?", default=True):
        return
    try:
        refs = sitting.take_back(words)
    except Refusal as reason:
        show_problems(reason.problems, sys.stdout)
        return
    print("the last answer was taken back" + (f", {', '.join(refs)} reverses what was posted" if refs else ""))


def _query(sitting: Sitting, row: OpenLine) -> None:
    """A question to somebody about a line; the line stays open and is skipped for now."""
    who = typer.prompt("Ask whom").strip()
    question = typer.prompt("What").strip()
    sitting.skipped.add(row.line.id)
    _write(sitting, ask(sitting, row, who, question))


def _post_new(sitting: Sitting, ledger: Ledger, proposal: Proposal, row: OpenLine) -> None:
    """A new entry for a line, and its match with the line, in one append."""
    try:
        if _post_suggested(sitting, ledger, proposal, row):
            return
        require_base(ledger, proposal)
        posting = _asked_posting(ledger, row)
    except Refusal as reason:
        show_problems(reason.problems, sys.stdout)
        return
    if posting is not None:
        _write(sitting, post(sitting, proposal, row, posting))


def _post_suggested(sitting: Sitting, ledger: Ledger, proposal: Proposal, row: OpenLine) -> bool:
    """Whether the line was posted as rules, parties or lines like it suggest."""
    from acctkit.coding import target

    for one in codings(sitting, ledger, proposal).get(row.line.id, []):
        why = "; ".join(one.reasons) + (f" - but {one.why}" if one.why else "")
        print(clean(f"  {target(ledger, one)}  {one.tier}: {why}"))
        if _yes("Post it so?", default=False):
            return _write(sitting, code(sitting, one))
    return False


def _asked_posting(ledger: Ledger, row: OpenLine) -> Posting | None:
    """What is to be posted, None where no account was named; raises Refusal where it is not in the books."""
    from acctkit.reports.account import find_account

    asked = typer.prompt("Account (none: enter)", default="", show_default=False).strip()
    if not asked:
        return None
    account = find_account(ledger, asked)
    print(f"  {account}")
    party, code = "", ""
    wants = wanted(ledger, account)
    if wants == "party":
        party = typer.prompt("Party").strip()
    elif wants == "code":
        code = typer.prompt("VAT code (S, R, Z, E, O; none: enter)", default="", show_default=False).strip().upper()
    found = find_posting(ledger, row, account, party, code, "")
    narration = typer.prompt("What for", default=clean(row.line.text)).strip()
    return found._replace(narration=narration)
