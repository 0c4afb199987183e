"""A VAT return as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from acctkit.money import format_minor
from acctkit.problem import Problem, count
from acctkit.table import MONEY, Column, Row, Table
from acctkit.vat.boxes import BoxLine
from acctkit.vat.codes import Box
from acctkit.vat.returns import VatReturn
from acctkit.vat.sides import CodedLine

SCHEMA = "acctkit.vat-return/1"


def return_table(shown: VatReturn) -> Table:
    """The classic return: box, what it holds, amount; and what was filed, where that differs."""
    filed = shown.filed.boxes if shown.filed else {}
    differs = any(shown.boxes[name] != value for name, value in filed.items())
    columns = [Column("Box"), Column("Description"), Column("Amount", MONEY)]
    rows = []
    for box in shown.country.boxes.values():
        cells = [box.name, _title(shown, box), _money(shown, shown.boxes[box.name])]
        if differs:
            cells.append(_money(shown, filed[box.name]) if box.name in filed else "")
        rows.append(Row(tuple(cells), "total" if box.is_absolute else "subtotal" if box.is_formula else "line"))
        if box.is_absolute:
            rows.append(Row(("",) * len(cells), "blank"))
    if differs:
        columns.append(Column("As filed", MONEY))
    return Table("VAT return", tuple(columns), tuple(rows), _subtitle(shown), _notes(shown))


def lines_table(shown: VatReturn) -> Table:
    """The lines behind each box that is not worked out from others, with their totals before rounding."""
    titles = ("Tax point", "Ref", "Party", "Account", "Code")
    columns = (*(Column(title) for title in titles), Column("Amount", MONEY))
    rows: list[Row] = []
    for box in shown.country.boxes.values():
        lines = shown.lines[box.name]
        if box.is_formula or not lines:
            continue
        rows.append(Row((f"Box {box.name}: {box.title}", *("",) * len(titles)), "heading"))
        for line in lines:
            coded = line.line
            cells = (coded.tax_point.isoformat(), coded.ref, _party(coded), coded.posting.account, coded.code)
            rows.append(Row((*cells, _exact(shown, line.amount))))
        total = _exact(shown, sum(line.amount for line in lines))
        rows.append(Row((f"Box {box.name}", *("",) * (len(titles) - 1), total), "subtotal"))
        rows.append(Row(("",) * len(columns), "blank"))
    return Table("VAT return, line by line", columns, tuple(rows), _subtitle(shown), _notes(shown))


def _title(shown: VatReturn, box: Box) -> str:
    if not box.is_absolute or not shown.payable:
        return box.title
    return box.owed if shown.payable > 0 else box.reclaimed


def _subtitle(shown: VatReturn) -> str:
    words = [shown.entity, shown.registration.number, f"{shown.begin} to {shown.last}", f"{shown.scheme} scheme"]
    if shown.filed:
        key = f" as {shown.filed.period_key}" if shown.filed.period_key else ""
        words.append(f"filed {shown.filed.date}{key}")
    return ", ".join(word for word in words if word)


def _notes(shown: VatReturn) -> tuple[str, ...]:
    """The return's own notes, and the late lines by ref."""
    refs = list(dict.fromkeys(line.ref for line in shown.late))
    if not refs:
        return shown.notes
    return (*shown.notes, f"Included from before {shown.begin}: {', '.join(refs)}.")


def return_json(shown: VatReturn, problems: Sequence[Problem]) -> dict[str, Any]:
    """The return as `acct vat return -O json` gives it; amounts are decimal texts, as the boxes count them.

    `problems` are those of the books. `payable` is box 5 with its sign: negative is to reclaim.
    """
    filed = shown.filed
    return {
        "schema": SCHEMA,
        "problems": count(list(problems)),
        "country": shown.country.name,
        "period": {"from": shown.begin.isoformat(), "to": shown.last.isoformat()},
        "scheme": shown.scheme,
        "boxes": {name: box_text(shown, name, value) for name, value in shown.boxes.items()},
        "payable": _money(shown, shown.payable),
        "lines": {name: [_box_line_json(shown, line) for line in lines] for name, lines in shown.lines.items()},
        "late": [_coded_json(shown, line, line.amount) for line in shown.late],
        "filed": None
        if filed is None
        else {
            "date": filed.date.isoformat(),
            "period_key": filed.period_key,
            "boxes": {name: box_text(shown, name, value) for name, value in filed.boxes.items()},
        },
        "notes": list(shown.notes),
    }


def _box_line_json(shown: VatReturn, line: BoxLine) -> dict[str, Any]:
    return {**_coded_json(shown, line.line, line.amount), "computed": line.is_computed}


def _coded_json(shown: VatReturn, line: CodedLine, amount: int) -> dict[str, Any]:
    return {
        "ref": line.ref,
        "file": line.entry.source.name,
        "line": line.entry.line,
        "date": line.entry.date.isoformat(),
        "tax_point": line.tax_point.isoformat(),
        "party": _party(line),
        "account": line.posting.account,
        "code": line.code,
        "side": line.side,
        "amount": _exact(shown, amount),
    }


def _party(line: CodedLine) -> str:
    """The party's code, else the payee."""
    party = line.posting.meta.get("party", line.entry.meta.get("party"))
    return party if isinstance(party, str) else line.entry.payee or ""


def box_text(shown: VatReturn, name: str, minor: int) -> str:
    """A box's amount with the places it is filed with: pence, or whole pounds."""
    country = shown.country
    text = format_minor(minor, country.places)
    return text if country.boxes[name].places == country.places else text.partition(".")[0]


def _money(shown: VatReturn, minor: int) -> str:
    return format_minor(minor, shown.country.places)


def _exact(shown: VatReturn, minor: int) -> str:
    return format_minor(minor, shown.scale, shown.country.places)
