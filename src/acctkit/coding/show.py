"""What coding came to, as a report and as the answer a program reads; and what each rule said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from acctkit.coding.draft import shown
from acctkit.coding.history import label
from acctkit.coding.lines import Coded, CodingProposal, Line, Suggestion, Tried
from acctkit.ledger.ledger import Ledger
from acctkit.money import format_minor
from acctkit.problem import Place
from acctkit.table import MONEY, Column, Row, Table

Answer = dict[str, Any]


def coding_table(ledger: Ledger, found: CodingProposal, *, done: bool, has_why: bool = True) -> Table:
    """What is coded (or would be, where it is not `done`), what is suggested, and what is left, each with why."""
    columns: tuple[Column, ...] = (
        Column("Date"), Column("Line"), Column("Text"), Column("Amount", MONEY), Column("Coded to"), Column("Why")
    )  # fmt: skip
    rows: list[Row] = []
    accounts = sorted({line.account for line in _lines(found)})
    for title, items in (
        ("Coded" if done else "Certain", [(one.line, target(ledger, one), _why(one)) for one in found.coded]),
        ("Suggested", [(one.line, target(ledger, one), _why(one)) for one in found.suggested]),
        ("Left", [(one.line, "", one.why) for one in found.left if not one.entry]),
    ):
        if items:
            rows.append(Row((title, "", "", "", "", ""), "heading"))
        for line, to, why in items:
            own = f"{line.account.rpartition(':')[2]} {line.id}" if len(accounts) > 1 else line.id
            rows.append(Row((line.date.isoformat(), own, line.text, shown(ledger, line), to, why)))
    if not has_why:
        columns, rows = columns[:-1], [Row(row.cells[:-1], row.style) for row in rows]
    what = found.account or "all accounts"
    matched = sum(bool(one.entry) for one in found.left)
    counts = f"{'coded' if done else 'certain'} {len(found.coded)}, suggested {len(found.suggested)}"
    notes = [f"{counts}, left {len(found.left) - matched}"] if rows else []
    if matched:
        lines = "1 more line" if matched == 1 else f"{matched} more lines"
        notes.append(f"{lines}: acct reconcile --auto matches {'it' if matched == 1 else 'them'} with entries")
    return Table(f"Coding: {what}", columns, tuple(rows), notes=tuple(notes) or ("no line is open",))


def whys(found: CodingProposal) -> list[str]:
    """Why each line is coded, suggested or left so, a sentence a line."""
    said = [(one.line, _why(one)) for one in (*found.coded, *found.suggested)]
    said += [(one.line, one.why) for one in found.left if not one.entry]
    return [f"{line.id} {line.text}: {why}" for line, why in said]


def _lines(found: CodingProposal) -> Iterable[Line]:
    return [one.line for part in (found.coded, found.suggested, found.left) for one in part]


def _asked(found: CodingProposal) -> list[Line]:
    """All lines that the rules were asked about: with the other sides of transfers, where these are of the account."""
    pairs = [one for part in (found.coded, found.suggested) for one in part]
    lines = {line.key: line for one in pairs for line in one.lines if found.account in ("", line.account)}
    lines |= {one.line.key: one.line for one in found.left}
    return sorted(lines.values(), key=lambda line: (line.date, line.account, line.id))


def _why(one: Suggestion) -> str:
    return "; ".join(one.reasons) + (f" - but {one.why}" if one.why else "")


def target(ledger: Ledger, one: Suggestion) -> str:
    """Where a line goes, in a few words."""
    if one.entry:
        return one.entry
    labels = (label(ledger, leg.account, leg.code, leg.party) for leg in one.legs if not leg.tax)
    return " and ".join(dict.fromkeys(labels))


def explained(ledger: Ledger, found: CodingProposal, only: str = "") -> Table:
    """For each open line, or one, what each rule said to it, in their order, and what came of it."""
    columns = (Column("Rule"), Column("Stands at"), Column("Takes it"), Column("Why"))
    rows: list[Row] = []
    for head, tried, end in _explained(ledger, found, only):
        rows.append(Row((head, "", "", ""), "heading"))
        for one in tried:
            place = f"{one.place.file}:{one.place.line}"
            rows.append(Row((one.rule, place, "yes" if one.takes else "no", one.why)))
        rows.append(Row(("", "", "", end)))
    return Table(f"Rules: {found.account or 'all accounts'}", columns, tuple(rows))


def explained_lines(ledger: Ledger, found: CodingProposal, only: str = "") -> list[str]:
    """The same as lines of text, for a screen that is too narrow for a table."""
    lines: list[str] = []
    for head, tried, end in _explained(ledger, found, only):
        lines += ["", head] if lines else [head]
        lines += [f"  {'yes' if one.takes else 'no '}  {one.rule}: {one.why}" for one in tried]
        lines.append(f"  {end}")
    return lines


def _explained(ledger: Ledger, found: CodingProposal, only: str) -> Iterator[tuple[str, tuple[Tried, ...], str]]:
    """Each line in words, what each rule said to it, and what came of it."""
    ends = {one.line.key: f"left: {one.why}" for one in found.left}
    for word, ones in (("suggested:", found.suggested), ("coded to", found.coded)):
        for one in ones:
            ends |= {line.key: f"{word} {target(ledger, one)}: {_why(one)}" for line in one.lines}
    for line in _asked(found):
        if only in ("", line.id):
            head = f"{line.date} {line.id} {shown(ledger, line)} {line.amount.commodity} {line.words}"
            yield head, found.tried.get(line.key, ()), ends[line.key]


def json_answer(ledger: Ledger, found: CodingProposal, *, explain: bool = False, only: str = "") -> Answer:
    """`coded`, `suggested` and `left`, and with `explain` what each rule said; amounts are decimal texts."""
    answer: Answer = {
        "account": found.account or None,
        "coded": [_suggestion(ledger, one) for one in found.coded],
        "suggested": [{**_suggestion(ledger, one), "why": one.why} for one in found.suggested],
        "left": [{**_line(ledger, one.line), "why": one.why, "entry": one.entry or None} for one in found.left],
    }
    if explain:
        answer["explained"] = [
            {
                **_line(ledger, line),
                "rules": [
                    {
                        "rule": one.rule,
                        "takes": one.takes,
                        "why": one.why,
                        "rule_file": one.place.file,
                        "rule_line": one.place.line,
                    }
                    for one in found.tried.get(line.key, ())
                ],
            }
            for line in _asked(found)
            if only in ("", line.id)
        ]
    return answer


def _line(ledger: Ledger, line: Line) -> Answer:
    return {
        "id": line.id,
        "account": line.account,
        "statement": line.statement,
        "date": line.date.isoformat(),
        "amount": shown(ledger, line),
        "currency": line.amount.commodity,
        "text": line.text,
        **_place(line.place),
    }


def _suggestion(ledger: Ledger, one: Suggestion) -> Answer:
    return {
        **_line(ledger, one.line),
        "tier": one.tier,
        "rule": one.rule or None,
        "type": one.kind,
        "to": one.account or None,
        "vat": one.code or None,
        "party": one.party or None,
        "payee": one.payee,
        "narration": one.narration,
        "entry": one.entry or None,
        "others": [{"account": line.account, "id": line.id} for line in one.others],
        "legs": [_leg(ledger, leg, one.scale) for leg in one.legs],
        "reasons": list(one.reasons),
    }


def _leg(ledger: Ledger, leg: Coded, scale: int) -> Answer:
    base = ledger.entity.currency
    amount = format_minor(leg.base, scale, ledger.shown(base))
    units = leg.units
    return {
        "account": leg.account,
        "amount": format_minor(units.minor, units.scale, ledger.shown(units.commodity)) if units else amount,
        "currency": units.commodity if units else base,
        "base": amount,
        "vat": leg.code or None,
        "party": leg.party or None,
    }


def _place(place: Place) -> Answer:
    return {"file": place.file, "line": place.line}
