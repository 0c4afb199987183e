"""acct init."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctkit.cli.context import Context, day_of
from acctkit.period import financial_year, parse_year_end
from acctkit.problem import Refusal, refusal

if TYPE_CHECKING:
    from acctkit.books.new import NewBooks


def init(
    ctx: typer.Context,
    folder: Annotated[str, typer.Argument(help="The folder to make.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="The entity's name; default the folder's.")] = "",
    currency: Annotated[str, typer.Option("--currency", help="Base currency.")] = "GBP",
    year_end: Annotated[
        str, typer.Option("--year-end", metavar="MM-DD", help="Last day of the financial year.")
    ] = "03-31",
    start: Annotated[str, typer.Option("--start", metavar="DAY", help="First day; default that of this year.")] = "",
    vat_number: Annotated[str, typer.Option("--vat-number", help="UK VAT number; without it: not registered.")] = "",
    chart: Annotated[str, typer.Option("--chart", help="Chart of accounts to begin with.")] = "uk-ltd",
    opening: Annotated[
        str, typer.Option("--opening", metavar="FILE.csv", help="Balances and open items taken over.")
    ] = "",
    old: Annotated[
        str, typer.Option("--from", metavar="OLD", help="Books whose balances and open items are brought forward.")
    ] = "",
    at: Annotated[str, typer.Option("--at", metavar="DAY", help="With --from: at the end of which day.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="With --from: print what would be made, and make nothing.")
    ] = False,
) -> int:
    """Begin a new set of books: a folder with acct.toml, a chart of accounts and a journal.

    --opening takes over a trial balance: a CSV headed account,debit,credit and, for open items,
    party,ref,issued,due. It must balance.

    --from begins where other books of acct stand at the end of a day: chart, parties, balances, open items, all
    proved to agree, so that the old books can be deleted when nothing needs them any more.

    Example: acct init books --name "Acme Ltd" --year-end 03-31

    Example: acct init books-2026 --from books --at 2026-03-31
    """
    from acctkit.books import new

    context: Context = ctx.obj
    if old or at or dry_run:
        return _bring_forward(ctx, folder, old, at, dry_run)
    days = _required(year_end, currency, vat_number)
    path = Path(folder)
    year = financial_year(context.today, days)
    first_day = day_of(context, start, year.begin)
    assert first_day is not None  # noqa: S101 - a financial year has a first day
    facts = new.NewBooks(name or path.resolve().name, currency, year_end, first_day, chart, vat_number)
    made = new.create(path, facts)
    if opening:
        try:
            _take_over(context, path, opening, facts)
        except Refusal:
            new.remove(path, made)
            raise
    for one in made:
        print(f"made {one}")
    print(
        f'next: acct -f {folder} post journal "Assets:Bank:Current 100.00" "Equity:Share-Capital -100.00"'
        ' -m "Shares issued"'
    )
    return 0


def _bring_forward(ctx: typer.Context, folder: str, old: str, at: str, dry_run: bool) -> int:
    """Begin new books from old ones; they say who they are of, so that no other option fits."""
    from acctkit.cli.takeover import take_over

    day = day_of(ctx.obj, at) if at else None
    if not old or day is None:
        raise refusal("X907", "--from, --at and --dry-run go together", "acct init FOLDER --from OLD --at 2026-03-31")
    others = {"name", "currency", "year_end", "start", "vat_number", "chart", "opening"}
    given = [name for name in others if getattr(ctx.get_parameter_source(name), "name", "") == "COMMANDLINE"]
    if given:
        option = "--" + min(given).replace("_", "-")
        raise refusal(
            "X907", f"{option} says what the old books say already", "leave it out, and change acct.toml after"
        )
    return take_over(ctx.obj, Path(folder), old, day, dry_run=dry_run)


def _required(year_end: str, currency: str, vat_number: str) -> tuple[int, int]:
    """The month and day of the year end; raises Refusal X907 where a fact of new books is none."""
    days = parse_year_end(year_end)
    if days is None:
        raise refusal("X907", f"`{year_end}` is not a year end", "write it as 03-31")
    if not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        raise refusal("X907", f"`{currency}` is not a currency", "write its three capitals, like GBP")
    if vat_number:
        _require_vat_number(vat_number)
    return days


def _require_vat_number(number: str) -> None:
    from stdnum.gb import vat

    if not vat.is_valid(number):
        raise refusal("X907", f"{number} is not a UK VAT number: its check digits do not fit", "check the certificate")


def _take_over(context: Context, folder: Path, file: str, facts: NewBooks) -> None:
    """Post the opening balances of a CSV."""
    from acctkit.books.files import read_bytes
    from acctkit.books.pen import append
    from acctkit.books.root import ROOT_FILE, Root
    from acctkit.cli.load import checks
    from acctkit.opening import opening_draft

    data = read_bytes(Path(file))
    root = Root(folder / ROOT_FILE, folder)
    done = append(root, lambda ledger: opening_draft(ledger, file, data, facts.first_day), context.writer(), checks())
    for reason in done.draft.reasons:
        print(reason)
    print(f"posted {', '.join(done.refs)} to {done.file}")
