"""acct import --learn: asks about a CSV that nobody knows, and writes its layout into the books."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from acctkit.cli.context import Context
from acctkit.cli.show import clean
from acctkit.problem import ERROR, Refusal, refusal
from acctkit.table import counted

if TYPE_CHECKING:
    from acctkit.banking import BankFile
    from acctkit.banking.learning import Answers, Guess, Sample
    from acctkit.banking.profiles import Profile

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_SHOWN = 30


def learn(context: Context, file: str, account: str) -> int:
    """Ask what the columns of a file are, show what it says then, and write the layout if that is right.

    Where an account is named, the file is imported next.
    """
    from acctkit.banking.learning import guess, layout_text, sample_of
    from acctkit.banking.text import decode
    from acctkit.books.files import read_bytes
    from acctkit.books.layouts import write_layout

    root = context.root()
    data = read_bytes(Path(file))
    sample = sample_of(decode(data))
    if sample is None:
        hint = "a CSV has rows of cells, parted by commas, semicolons or tabs, with a day in each"
        raise refusal("B401", f"{file} has no rows of several cells with a day in each", hint)
    _show_columns(sample)
    try:
        answers = _ask(context, sample, guess(sample, context.today))
        text = layout_text(sample, answers)
        if not _show_read(context, data, file, text):
            return 2
        print(f"\n{text}")
        if not typer.confirm(f"Write this to banks/{answers.name}.toml?", default=True):
            print("nothing was written")
            return 2
    except (typer.Abort, EOFError, KeyboardInterrupt):
        print("\nnothing was written")
        raise KeyboardInterrupt from None
    written = write_layout(root, answers.name, text)
    print(f"wrote {written}" + ("" if account else f"; import with: acct import {file} --account ACCOUNT"))
    return 0


def layouts_of(context: Context) -> tuple[Profile, ...]:
    """The layouts of the books' own; raises Refusal X905 for one that is no layout."""
    from acctkit.banking.profiles import profile_of
    from acctkit.books.layouts import own_layouts

    found = []
    for name, text in own_layouts(context.root()):
        try:
            found.append(profile_of(tomllib.loads(text)))
        except (tomllib.TOMLDecodeError, ValueError, KeyError, TypeError, AttributeError) as reason:
            why = f"there is no {reason}" if isinstance(reason, KeyError) else str(reason)
            raise refusal("X905", f"{name} is no bank layout: {why}", "correct or remove the file") from None
    return tuple(found)


def _show_columns(sample: Sample) -> None:
    where = f"header on line {sample.header}" if sample.header else "no header"
    print(f"{counted(len(sample.names), 'column')}, {where}:")
    for number, name in enumerate(sample.names, 1):
        examples = dict.fromkeys(clean(row[number - 1])[:_SHOWN] for row in sample.rows[:4] if row[number - 1].strip())
        print(f"  {number:2}  {clean(name) or '(no name)':24}  {' | '.join(examples)}")


def _ask(context: Context, sample: Sample, guessed: Guess) -> Answers:
    from acctkit.banking.learning import Answers

    name = _name()
    title = typer.prompt("The bank's name", default=name.replace("-", " ").title())
    day = _columns(sample, "Which column is the day it was booked?", _one(guessed.date), least=1, most=1)[0]
    order = _order(sample, day, guessed)
    amounts = _columns(
        sample, "Which column is the amount? (two, where money in and money out stand apart: in, out)",
        guessed.amounts, least=1, most=2,
    )  # fmt: skip
    if len(amounts) == 2 and amounts == guessed.amounts:
        amounts = _in_and_out(sample, amounts)
    invert = len(amounts) == 1 and _inverted(sample, amounts[0], guessed)
    balance = _columns(sample, "Which column is the balance after it? (0: none)", _one(guessed.balance), most=1)
    texts = _columns(sample, "Which columns describe it?", guessed.texts, least=1, most=9)
    own = _columns(sample, "Which column is the bank's own id of it? (0: none)", _one(guessed.id), most=1)
    payer = _columns(sample, "Which column names the other side? (0: none)", _one(guessed.payer), most=1)
    reference = _columns(sample, "Which column is the reference? (0: none)", _one(guessed.reference), most=1)
    currency: int | str = guessed.currency if guessed.currency is not None else ""
    if not isinstance(currency, int):
        currency = _currency()
    card = typer.confirm("Is it a credit card?", default=invert)
    return Answers(
        name=name,
        title=title,
        seen=context.today,
        date=day,
        order=order,
        amounts=amounts,
        invert=invert,
        texts=texts,
        balance=_first(balance),
        id=_first(own),
        payer=_first(payer),
        reference=_first(reference),
        currency=currency,
        card=card,
        mark=guessed.mark,
    )


def _first(columns: tuple[int, ...]) -> int | None:
    return columns[0] if columns else None


def _name() -> str:
    while True:
        name: str = typer.prompt("A short name for the layout, like co-op").strip()
        if _NAME.fullmatch(name):
            return name
        print("  small letters, digits and hyphens, please")


def _one(column: int | None) -> tuple[int, ...]:
    return () if column is None else (column,)


def _columns(sample: Sample, question: str, guessed: tuple[int, ...], *, least: int = 0, most: int) -> tuple[int, ...]:
    """The columns somebody names by number, from 0; asked until they can be."""
    default = ",".join(str(index + 1) for index in guessed) or ("0" if not least else None)
    while True:
        written: str = typer.prompt(question, default=default)
        parts = [part.strip() for part in written.replace(" ", ",").split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() for part in parts):
            print(f"  `{clean(written)}` is no number of a column: they are 1 to {len(sample.names)}")
            continue
        found = tuple(int(part[:4]) - 1 for part in parts if int(part[:4]))
        if beyond := [index + 1 for index in found if index >= len(sample.names)]:
            print(f"  there is no column {beyond[0]}: they are 1 to {len(sample.names)}")
        elif len(found) > most:
            print(f"  {counted(most, 'column')} at most, please: {counted(len(found), 'column')} were named")
        elif len(found) < least:
            print(f"  a column is needed here, 1 to {len(sample.names)}")
        else:
            return found


def _order(sample: Sample, day: int, guessed: Guess) -> str:
    """The order of day and month: as the cells show it, asked where they do not."""
    from acctkit.banking.days import ORDERS

    orders = guessed.orders if day == guessed.date else ORDERS
    if len(orders) == 1:
        return orders[0]
    shown = next(row[day] for row in sample.rows if row[day].strip())
    while True:
        written: str = typer.prompt(f"In which order does {clean(shown)} stand: {', '.join(orders or ORDERS)}?")
        if written.strip() in ORDERS:
            return written.strip()
        print("  dmy, mdy or ymd, please")


def _in_and_out(sample: Sample, amounts: tuple[int, ...]) -> tuple[int, ...]:
    first, second = (sample.names[index] for index in amounts)
    if typer.confirm(f"Is money in `{clean(first)}` money in, and in `{clean(second)}` money out?", default=False):
        return amounts
    return amounts[::-1]


def _inverted(sample: Sample, column: int, guessed: Guess) -> bool:
    """Whether the signs are turned round: asked of one row."""
    from acctkit.banking.text import money

    for row in sample.rows:
        value = money(row[column], guessed.mark)
        if value:
            words = " ".join(clean(row[index]) for index in guessed.texts)
            left = typer.confirm(f"{words} {clean(row[column])}: did this money leave the account?", default=value < 0)
            return left == (value > 0)
    return False


def _currency() -> str:
    while True:
        written: str = typer.prompt("The currency of the account, like GBP (empty: as the books say)", default="")
        code = written.strip().upper()
        if not code or (len(code) == 3 and code.isascii() and code.isalpha()):
            return code
        print("  three letters, please")


def _show_read(context: Context, data: bytes, file: str, text: str) -> bool:
    """Read the file by the new layout and show what it says then; raises Refusal with what is wrong."""
    from acctkit.banking import read
    from acctkit.banking.profiles import profile_of

    profile = profile_of(tomllib.loads(text))
    found: BankFile = read(data, file, profile=profile.name, today=context.today, known=(profile,))
    if any(problem.severity == ERROR for problem in found.problems):
        raise Refusal(*found.problems)
    print("\nThen the file says:")
    for one in found.statements:
        for line in one.lines[:3]:
            print(f"  {line.date} {line.amount:>12,.2f}  {clean(line.text)[:60]}")
        moved = sum(line.amount for line in one.lines)
        print(f"  {counted(len(one.lines), 'line')} of {moved:+,.2f} {one.currency}".rstrip())
        if one.opening is not None and one.closing is not None:
            print(f"  opening {one.opening:,.2f}, closing {one.closing:,.2f}: they add up")
    return typer.confirm("Is that right?", default=True)
