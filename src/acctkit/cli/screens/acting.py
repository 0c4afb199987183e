"""What the keys of the reconciliation screen do: ask what must be asked, and hand the decision to be written."""

from __future__ import annotations

from collections.abc import Sequence

from acctkit.cli.reconciling import Candidate, Words, accept, agree, ask, differing, in_words, split, was_posted_with
from acctkit.cli.screens import drawing
from acctkit.cli.screens.board import Board
from acctkit.cli.screens.dialogs import Asked, Chosen
from acctkit.cli.screens.view import View, all_above, figure
from acctkit.cli.show import clean
from acctkit.reconcile import OPENING, Match, OpenEntry, OpenLine

_NO_LINE = "that is for an open line, and none is here"


def accept_line(board: Board, candidate: Candidate | None) -> None:
    """The line is a candidate; several chosen ones are matched with it together."""
    view, row = board.seen, board.row
    if view is None or row is None:
        board.say(_NO_LINE)
        return
    if _is_busy(board, row):
        return
    if board.has_just_changed:
        board.say("the books were read again, and something else stands here now: look, and press it again")
    elif board.chosen:
        _accept_chosen(board, view, row)
    elif candidate is None:
        board.say("no entry like it is open: post a new one with p, or ask somebody with q")
    elif (minor := differing(row, candidate)) is not None:
        _ask_part(board, view, row, candidate, minor)
    else:
        _write_accepted(board, view, row, candidate)


def find_line(board: Board) -> None:
    """Go to the next line with some words."""
    view = board.seen
    if view is None or board.row is None:
        board.say(_NO_LINE)
        return

    def answered(words: list[str] | None) -> None:
        if words and words[0]:
            board.sought = words[0]
            at = view.find_line(words[0], board.line_rows.cursor)
            if at is None:
                board.say(f"no open line has `{words[0]}`")
            else:
                board.line_rows.move_to(at)

    asked = (("Part of a text, a date or an amount", board.sought),)
    board.app.push_screen(Asked("Go to the next line with", asked), answered)


def _is_busy(board: Board, row: OpenLine) -> bool:
    """Whether the line is being written already."""
    busy = any(row.line.id in job.lines for job in board.writing)
    if busy:
        board.say("this line is being written")
    return busy


def _write_accepted(board: Board, view: View, row: OpenLine, candidate: Candidate) -> None:
    lines = candidate.match.lines if candidate.match else (row.line.id,)
    board.decide(accept(board.sitting, view.proposal, row, candidate), {row.line.id, *lines}, candidate.names)


def _ask_part(board: Board, view: View, row: OpenLine, candidate: Candidate, minor: int) -> None:
    """Whether as much as both have is matched, where the amounts differ."""
    unit = view.bank.unit
    lines = [
        f"line   {figure(unit, row.amount):>14}  {drawing.line_words(row)}",
        f"entry  {figure(unit, candidate.amount):>14}  {drawing.entry_words(candidate.entries[0])}",
    ]
    if why := in_words(candidate.match):
        lines += ["", clean(why)]
    offered = (("y", f"match {figure(unit, minor)} and leave the rest open"), ("d", "split"))

    def answered(key: str | None) -> None:
        if key == "y":
            _write_accepted(board, view, row, candidate)
        elif key == "d":
            _open_split(board, view, row, [candidate])

    board.app.push_screen(Chosen("The amounts differ", lines, offered), answered)


def choose(board: Board, candidate: Candidate) -> None:
    """Put a candidate to the chosen ones, or take it off, and say what they come to."""
    view, row = board.seen, board.row
    if view is None or row is None:
        return
    if candidate.names in board.chosen:
        board.chosen.remove(candidate.names)
    else:
        board.chosen.append(candidate.names)
    total = sum(of.amount for of in _chosen_entries(board))
    unit = view.bank.unit
    rest = f"{figure(unit, row.amount - total)} left" if total != row.amount else "that is the line: accept with a"
    board.say(f"{len(board.chosen)} chosen, {figure(unit, total)} of {figure(unit, row.amount)}; {rest}")
    board.candidate_rows.refresh()
    board.candidate_rows.action_move(1)


def _chosen_entries(board: Board) -> list[OpenEntry]:
    """The entries of the chosen candidates, each once."""
    found: dict[str, OpenEntry] = {}
    for candidate in board.candidates:
        if candidate.names in board.chosen:
            found |= {of.entry.name: of for of in candidate.entries}
    return list(found.values())


def _accept_chosen(board: Board, view: View, row: OpenLine) -> None:
    entries = _chosen_entries(board)
    if sum(of.amount for of in entries) == row.amount:
        amounts = [(of, of.amount) for of in entries]
        names = [of.entry.name for of in entries]
        board.decide(split(board.sitting, view.proposal, row, amounts), {row.line.id}, names)
    else:
        _open_split(board, view, row, [one for one in board.candidates if one.names in board.chosen])


def accept_above(board: Board) -> None:
    """All that was found for the lines down to the cursor, after showing it."""
    view = board.seen
    if view is None or board.row is None:
        board.say(_NO_LINE)
        return
    busy = {line for job in board.writing for line in job.lines} | board.sitting.skipped
    rows = view.lines[: board.line_rows.cursor + 1]
    certain, suggested = all_above(view, {row.line.id for row in rows} - busy)
    if not certain and not suggested:
        board.say("nothing was found for the lines down to the cursor: move down first")
        return
    lines, offered = [], []
    if certain:
        lines += [f"Certain: {len(certain)}", *(_in_a_line(view, one) for one in certain[:_MOST_LISTED])]
        lines += [f"  and {len(certain) - _MOST_LISTED} more"] if len(certain) > _MOST_LISTED else []
        offered.append(("y", f"accept {len(certain)} certain"))
    if suggested:
        lines += ["", f"Suggested: {len(suggested)}", *(_in_a_line(view, one) for one in suggested[:_MOST_LISTED])]
        lines += [f"  and {len(suggested) - _MOST_LISTED} more"] if len(suggested) > _MOST_LISTED else []
        offered.append(("s", "the suggested too" if certain else f"accept {len(suggested)} suggested"))

    def answered(key: str | None) -> None:
        taken = [*certain, *(suggested if key == "s" else ())] if key else []
        if taken:
            names = {name for one in taken for name in one.entries}
            decision = agree(board.sitting, [_signed(board, one) for one in taken], _counted(len(taken)))
            board.decide(decision, {line for one in taken for line in one.lines}, names)

    board.app.push_screen(Chosen("Accept all down to this line", lines, offered), answered)


_MOST_LISTED = 200


def _counted(count: int) -> str:
    return f"{count:,} match{'es' if count != 1 else ''}"


def _signed(board: Board, match: Match) -> Match:
    """A match as it will be recorded: a suggestion was chosen by a person."""
    from acctkit.cli.reconciling import chosen_match

    return chosen_match(board.sitting, match.parts) if match.why else match


def _in_a_line(view: View, match: Match) -> str:
    names = ", ".join(match.entries[:3]) + (" …" if len(match.entries) > 3 else "")
    amount = figure(view.bank.unit, match.amount.minor)
    return clean(f"  {amount:>12}  {', '.join(match.lines)} is {names}: {in_words(match)}")


# Split.


def split_line(board: Board) -> None:
    """Say how much of the line each entry is: of those chosen, else of all candidates."""
    view, row = board.seen, board.row
    if view is None or row is None:
        board.say(_NO_LINE)
        return
    if _is_busy(board, row):
        return
    chosen = [one for one in board.candidates if one.names in board.chosen]
    if not board.candidates:
        board.say("no entry like it is open: find one with /, post a new one with p")
        return
    _open_split(board, view, row, chosen or ([board.candidate] if board.candidate else []))


def _open_split(board: Board, view: View, row: OpenLine, chosen: Sequence[Candidate]) -> None:
    """The editor of amounts: the chosen entries first and filled in, then the other candidates."""
    from acctkit.cli.screens.splitting import Split

    first = {of.entry.name: of for one in chosen for of in one.entries}
    others = {of.entry.name: of for one in board.candidates for of in one.entries}
    entries = list((first | others).values())

    def answered(amounts: list[tuple[OpenEntry, int]] | None) -> None:
        if amounts:
            names = [of.entry.name for of, _ in amounts]
            board.decide(split(board.sitting, view.proposal, row, amounts), {row.line.id}, names)

    board.app.push_screen(Split(view.bank.unit, row, entries, len(first)), answered)


# Post, ask, undo.


def post_new(board: Board) -> None:
    """A new entry for the line."""
    from acctkit.cli.reconciling import Posting, code, codings, post
    from acctkit.cli.screens.posting import Post
    from acctkit.coding import Suggestion

    view, row = board.seen, board.row
    if view is None or row is None:
        board.say(_NO_LINE)
        return
    if _is_busy(board, row):
        return
    if row.line.id == OPENING:
        board.say("the opening balance is brought in with acct init --opening, or matched with what was posted before")
        return

    def suggest() -> list[Suggestion]:
        if board.codings is None or board.codings[0] is not view:
            board.codings = view, codings(board.sitting, view.ledger, view.proposal)
        return board.codings[1].get(row.line.id, [])

    def answered(posting: Posting | Suggestion | None) -> None:
        if isinstance(posting, Posting):
            board.decide(post(board.sitting, view.proposal, row, posting), {row.line.id})
        elif posting is not None:
            board.decide(code(board.sitting, posting), {row.line.id}, {posting.entry} if posting.entry else ())

    board.app.push_screen(Post(view, row, board.sitting, suggest), answered)


def query(board: Board) -> None:
    """A question to somebody about the line."""
    view, row = board.seen, board.row
    if view is None or row is None:
        board.say(_NO_LINE)
        return

    def answered(words: list[str] | None) -> None:
        if words and all(words):
            board.sitting.skipped.add(row.line.id)
            board.decide(ask(board.sitting, row, *words), ())
        elif words:
            board.say("a question needs somebody, and words: nothing was noted")

    about = f"{drawing.day_text(row.line.date)}  {figure(view.bank.unit, row.amount)}  {drawing.line_words(row)}"
    board.app.push_screen(Asked("A question about this line", (("Ask whom", ""), ("What", "")), about), answered)


def undo(board: Board) -> None:
    """Take the last decision back; among the matched lines, that line's matches, or the one under the cursor."""
    if board.in_matched:
        matches = board.matches
        if board.focused is board.candidate_rows:
            matches = matches[board.candidate_rows.cursor : board.candidate_rows.cursor + 1]
        if not matches:
            board.say("no match is here to undo")
            return
        words: list[Words] = [("reconcile", *one.record.values) for one in matches]
        line = matches[0].line.id if matches[0].line else OPENING
        what = f"{line} is {', '.join(one.entry.name for one in matches)}"
    elif board.writing:
        board.say("wait until all is written")
        return
    elif board.sitting.written:
        what, last = board.sitting.written[-1]
        words = list(last)
    else:
        board.say("nothing was decided in this sitting; m shows what is matched already")
        return

    def answered(reasons: list[str] | None) -> None:
        if reasons is not None:
            board.take_back(what, words, reasons[0])

    about = "an entry that was posted with it is reversed" if _any_posted(board, words) else ""
    board.app.push_screen(Asked(f"Take back: {clean(what)}", (("Reason", ""),), about), answered)


def _any_posted(board: Board, words: Sequence[Words]) -> bool:
    if board.seen is None:
        return False
    ledger = board.seen.ledger
    records = [one.record for one in board.seen.bank.matches if (one.record.kind, *one.record.values) in words]
    return any(was_posted_with(ledger, record) for record in records)
