"""What a bank says, whatever format it says it in: lines, statements, and the checks they all pass.

Amounts have the books' sign: money in is positive; of a card, a purchase is negative and a closing
450.00 owed is -450.00.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from acctkit.banking.text import LONGEST_ID, LONGEST_SHOWN, quoted
from acctkit.money import EXACT
from acctkit.problem import Place, Problem, error, warning

ZERO = Decimal(0)
# More unreadable lines than this are only counted.
MOST_PROBLEMS = 50
Kind = Literal["bank", "card"]
# The field `date` hides the class of that name within BankLine.
Day = date


@dataclass(frozen=True, slots=True)
class BankLine:
    """One movement on an account.

    `id` is the bank's own or derived and never empty; `balance` is the account's after this line where
    the file states it; `line` is the line of the file it begins in and `raw` its text there.
    """

    id: str
    date: date
    amount: Decimal
    text: str
    payer: str = ""
    reference: str = ""
    kind: str = ""
    value_date: Day | None = None
    balance: Decimal | None = None
    line: int = 0
    raw: str = ""


@dataclass(frozen=True, slots=True)
class BankStatement:
    """The lines of one account in one currency, in the file's order, and the balances around them.

    `account` is as the file names it and `currency` its code, "" where the file is silent. `begin` and
    `end` are the first and last day covered. Balances are None where the file gives no ground for them;
    `opening_stated` is False where the opening was only computed as closing less lines, so that it proves
    nothing.
    """

    account: str
    currency: str
    opening: Decimal | None
    closing: Decimal | None
    begin: date | None
    end: date | None
    lines: tuple[BankLine, ...]
    kind: Kind = "bank"
    opening_stated: bool = False


@dataclass(frozen=True, slots=True)
class BankFile:
    """What was read: the format ("ofx", "csv" or ""), the CSV profile, statements and problems.

    Where something could not be read there are no statements, only the errors that say why. Statements
    that do not add up stand here with their error.
    """

    format: str
    profile: str
    statements: tuple[BankStatement, ...]
    problems: tuple[Problem, ...]


def fingerprint(day: date, amount: Decimal, raw: str) -> str:
    """The id of a line without one: 16 hex digits over its date, amount and text as in the file."""
    plain = f"{amount.normalize(EXACT):f}" if amount else "0"
    told = f"{day.isoformat()}\n{plain}\n{raw}"
    return hashlib.sha256(told.encode(errors="replace")).hexdigest()[:16]


def with_ids(lines: Iterable[tuple[BankLine, str]]) -> list[BankLine]:
    """Lines of one account, each paired with its raw description, with ids where the bank gave none.

    The second and third of equal lines get `-2`, `-3`, so that all are kept and reading again gives the
    same ids.
    """
    seen: Counter[str] = Counter()
    named = []
    for line, raw in lines:
        own = line.id
        if len(own) > LONGEST_ID:
            own = hashlib.sha256(own.encode(errors="replace")).hexdigest()[:16]
        if not own:
            derived = fingerprint(line.date, line.amount, raw)
            seen[derived] += 1
            own = derived if seen[derived] == 1 else f"{derived}-{seen[derived]}"
        named.append(line if own == line.id else replace(line, id=own))
    return named


def without_repeats(lines: Sequence[BankLine], name: str) -> tuple[list[BankLine], list[Problem]]:
    """The lines with each id and content once, and a warning that says how many were listed again."""
    if _all_ids_differ(lines):
        return list(lines), []
    first: dict[BankLine, BankLine] = {}
    again = []
    for line in lines:
        content = _content(line)
        if content in first:
            again.append(line)
        else:
            first[content] = line
    if not again:
        return list(lines), []
    count = "a line is" if len(again) == 1 else f"{len(again)} lines are"
    message = f"{count} listed again under the same bank id, first {quoted(again[0].id)}, and counted once"
    return list(first.values()), [warning("B405", message, place_of(again[0], name))]


def told_apart(lines: Sequence[BankLine], name: str) -> tuple[list[BankLine], list[Problem]]:
    """Lines of which a bank gave several one id, with `-2`, `-3` added, and B405 for each such id.

    Which line keeps the bare id depends on the contents alone, so another order of the file changes none.
    """
    if _all_ids_differ(lines):
        return list(lines), []
    groups: dict[str, list[int]] = {}
    for index, line in enumerate(lines):
        groups.setdefault(line.id, []).append(index)
    told, problems = list(lines), []
    taken = set(groups)
    for own, group in groups.items():
        if len(group) == 1:
            continue
        number = 1
        for index in sorted(group, key=lambda i: (lines[i].date, lines[i].amount, lines[i].text))[1:]:
            number += 1
            while f"{own}-{number}" in taken:
                number += 1
            taken.add(f"{own}-{number}")
            told[index] = replace(lines[index], id=f"{own}-{number}")
        message = f"{len(group)} different lines have the bank id {quoted(own)}"
        hint = "Ask the bank for a file with ids that differ, or have them told apart by -2, -3: --accept B405."
        related = (("the first of them", place_of(lines[group[0]], name)),)
        problems.append(error("B405", message, place_of(lines[group[1]], name), hint)._replace(related=related))
    return told, problems


def identified(lines: Sequence[BankLine]) -> list[BankLine]:
    """Lines of a format whose references are ids only by habit: where one is several lines', none has it.

    A line without an id gets one over its amount, day and text as in the file, so that equal lines are all
    kept and another order of the file changes none.
    """
    uses = Counter(line.id for line in lines if line.id)
    seen: Counter[str] = Counter()
    named = []
    for line in lines:
        own = line.id if 0 < len(line.id) <= LONGEST_ID and uses[line.id] == 1 else ""
        if not own:
            derived = fingerprint(line.value_date or line.date, line.amount, " ".join(line.raw.split()))
            seen[derived] += 1
            own = derived if seen[derived] == 1 else f"{derived}-{seen[derived]}"
        named.append(replace(line, id=own))
    return named


def finished(statements: Iterable[BankStatement], name: str) -> tuple[tuple[BankStatement, ...], list[Problem]]:
    """Statements as a file lists them, joined, with ids, days and balances, and what their checks say."""
    whole: list[BankStatement] = []
    problems: list[Problem] = []
    for one in joined(statements):
        lines, told = moving(identified(one.lines), name)
        whole.append(complete(replace(one, lines=tuple(lines))))
        problems += [*told, *check_statement(whole[-1], name)]
    return tuple(whole), problems


def moving(lines: Sequence[BankLine], name: str) -> tuple[list[BankLine], list[Problem]]:
    """The lines that move money, and a warning that counts those of amount 0."""
    kept = [line for line in lines if line.amount]
    still = next((line for line in lines if not line.amount), None)
    if still is None:
        return kept, []
    return kept, [left_out(len(lines) - len(kept), "line", "of amount 0, so that nothing moved", place_of(still, name))]


def left_out(count: int, what: str, why: str, place: Place) -> Problem:
    """A warning that so many of something, like "row" or "entry", were left out, and why."""
    many = what[:-1] + "ies" if what.endswith("y") else what + "s"
    said = f"1 {what} was" if count == 1 else f"{count} {many} were"
    return warning("B402", f"{said} left out: {why}", place)


def joined(statements: Iterable[BankStatement]) -> list[BankStatement]:
    """Statements of which each that opens as the one before it closes continues that one.

    So does a page that states no opening, after one that states no closing.
    Reports without balances, which list the same lines again as the day goes on, become one: a line stands
    as often as the report that has it most often.
    """
    groups: dict[tuple[str, str, str], list[BankStatement]] = {}
    for one in statements:
        groups.setdefault((one.account, one.currency, one.kind), []).append(one)
    result = []
    for group in groups.values():
        reports = [one for one in group if one.opening is None and one.closing is None]
        proved = [one for one in group if one.opening is not None or one.closing is not None]
        proved.sort(key=lambda one: one.end or date.min)
        done: list[BankStatement] = []
        for one in proved:
            last = done[-1] if done else None
            if last and last.closing == one.opening:
                begin = min((day for day in (last.begin, one.begin) if day), default=None)
                done[-1] = replace(
                    last, closing=one.closing, begin=begin, end=one.end or last.end, lines=last.lines + one.lines
                )
            else:
                done.append(one)
        result += [*done, *([_one_report(reports)] if reports else [])]
    return result


def _one_report(reports: Sequence[BankStatement]) -> BankStatement:
    kept: list[BankLine] = []
    most: Counter[tuple[date, Decimal, str]] = Counter()
    for report in reports:
        here: Counter[tuple[date, Decimal, str]] = Counter()
        for line in report.lines:
            content = (line.date, line.amount, line.raw)
            here[content] += 1
            if here[content] > most[content]:
                most[content] += 1
                kept.append(line)
    days = [day for one in reports for day in (one.begin, one.end) if day]
    return replace(reports[0], begin=min(days, default=None), end=max(days, default=None), lines=tuple(kept))


def first_problems(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The first of many problems, and how many more there are."""
    rest = len(problems) - MOST_PROBLEMS
    more = (error("B403", f"{rest} more lines cannot be read"),) if rest > 0 else ()
    return (*problems[:MOST_PROBLEMS], *more)


def total(lines: Iterable[BankLine]) -> Decimal:
    """The exact sum of the amounts."""
    result = ZERO
    for line in lines:
        result = EXACT.add(result, line.amount)
    return result


def complete(statement: BankStatement) -> BankStatement:
    """The statement with what follows from it: days from its lines, balances from running balances.

    Without running balances the opening is closing less lines, and `opening_stated` stays False.
    """
    days = [line.date for line in statement.lines]
    filled = replace(
        statement,
        begin=statement.begin or min(days, default=None),
        end=statement.end or max(days, default=None),
    )
    ends = _running_ends(filled.lines)
    if ends:
        opening = ends[0] if filled.opening is None else filled.opening
        closing = ends[1] if filled.closing is None else filled.closing
        return replace(filled, opening=opening, closing=closing, opening_stated=True)
    if filled.opening is None and filled.closing is not None:
        return replace(filled, opening=EXACT.subtract(filled.closing, total(filled.lines)))
    return filled


def check_statement(statement: BankStatement, name: str) -> list[Problem]:
    """Whether a completed statement adds up; `name` is the file's.

    B404 for the first running balance that does not follow from the one before, or else for a closing
    that is not opening plus lines.
    """
    problems = _check_chain(statement, name)
    if not problems and statement.opening_stated and statement.opening is not None:
        expected = EXACT.add(statement.opening, total(statement.lines))
        if statement.closing not in (None, expected):
            message = (
                f"opening {statement.opening} and the lines make {expected}, "
                f"the statement closes with {statement.closing}"
            )
            place = place_of(statement.lines[-1], name) if statement.lines else None
            problems.append(error("B404", message, place, _LOST))
    return problems


_LOST = (
    "Lines may be missing, or changed, or from two accounts: fetch the file from the bank again. "
    "If the bank stands by it, --accept B404 imports it as it is."
)


def _check_chain(statement: BankStatement, name: str) -> list[Problem]:
    breaks = _breaks(_oldest_first(statement.lines))
    if not breaks or _shuffled_ends(statement.lines):
        return []
    line, expected = breaks[0]
    message = f"the balance here should be {expected}, the file says {line.balance}"
    return [error("B404", message, place_of(line, name), _LOST)]


def place_of(line: BankLine, name: str) -> Place:
    """Where a line stands in the file of that name."""
    text = line.raw[: LONGEST_SHOWN + 1].partition("\n")[0]
    text = text if len(text) <= LONGEST_SHOWN else ""
    return Place(name, line.line, 1, len(text) + 1 if text else 2, text)


def _all_ids_differ(lines: Sequence[BankLine]) -> bool:
    return len({line.id for line in lines}) == len(lines)


def _content(line: BankLine) -> BankLine:
    """The line without where it stood, so that two listings of one movement are equal."""
    return replace(line, line=0, raw="")


def _breaks(lines: Iterable[BankLine]) -> list[tuple[BankLine, Decimal]]:
    """Of lines, oldest first, those whose balance does not follow, with the balance expected."""
    breaks = []
    expected: Decimal | None = None
    for line in lines:
        if expected is not None:
            expected = EXACT.add(expected, line.amount)
        if line.balance is not None:
            if expected not in (None, line.balance):
                breaks.append((line, expected or ZERO))
            expected = line.balance
    return breaks


def _oldest_first(lines: Sequence[BankLine]) -> Sequence[BankLine]:
    """The lines in the direction in which more balances follow; where both do alike, by their dates."""
    if not lines:
        return lines
    backwards = lines[::-1]
    forward, back = len(_breaks(lines)), len(_breaks(backwards))
    if forward == back:
        return backwards if lines[0].date > lines[-1].date else lines
    return lines if forward < back else backwards


def _running_ends(lines: Sequence[BankLine]) -> tuple[Decimal, Decimal] | None:
    """The balances before and after all lines, from running balances; None where there are none."""
    ordered = _oldest_first(lines)
    known = [index for index, line in enumerate(ordered) if line.balance is not None]
    if not known:
        return None
    if _breaks(ordered) and (shuffled := _shuffled_ends(lines)):
        return shuffled
    first, last = ordered[known[0]].balance or ZERO, ordered[known[-1]].balance or ZERO
    opening = EXACT.subtract(first, total(ordered[: known[0] + 1]))
    return opening, EXACT.add(last, total(ordered[known[-1] + 1 :]))


def _shuffled_ends(lines: Sequence[BankLine]) -> tuple[Decimal, Decimal] | None:
    """Opening and closing of lines in no order at all, if each balance one leaves another starts from.

    Some banks sort the lines of a day by text. Every line leads from one balance to the next, so in a
    whole statement only the opening is left once more than reached and only the closing once less.
    """
    flow: Counter[Decimal] = Counter()
    for line in lines:
        if line.balance is None:
            return None
        flow[EXACT.subtract(line.balance, line.amount)] += 1
        flow[line.balance] -= 1
    ends = {count: balance for balance, count in flow.items() if count}
    if sum(1 for count in flow.values() if count) != 2 or set(ends) != {1, -1}:
        return None
    return ends[1], ends[-1]
