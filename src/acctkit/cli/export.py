"""acct export: the books as authorities want them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from acctkit import __version__
from acctkit.cli.context import Context, period_of
from acctkit.cli.load import exit_code, load
from acctkit.cli.show import tell
from acctkit.problem import refusal
from acctkit.table import counted

if TYPE_CHECKING:
    from acctkit.audit.authorities import Authority
    from acctkit.ledger.entity import Entity

export = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Write the books of a period as an authority wants them, from books without errors only.

    Example: acct export fec -p 2025-04..2026-03 --siren 732829320 -o .
    """,
)

_PeriodOption = Annotated[
    str, typer.Option("-p", "--period", metavar="PERIOD", help="2026, 2026-Q1, 2025-04..2026-03: with two ends.")
]


@export.command("fec")
def fec(
    ctx: typer.Context,
    period: _PeriodOption,
    path: Annotated[
        str, typer.Option("-o", "--output-file", metavar="PATH", help="A folder, or the file's full name; - prints it.")
    ],
    siren: Annotated[
        str, typer.Option("--siren", metavar="NUMBER", help="The entity's SIREN; else that of its French VAT number.")
    ] = "",
    separator: Annotated[str, typer.Option("--separator", metavar="tab|pipe", help="Between columns.")] = "tab",
) -> int:
    """Write the French file of accounting entries (FEC) of a financial year, named as the law names it.

    Accounts need nominal codes that begin with three digits, and entries need a seal: its day is their validation.

    Example: acct export fec -p 2025-04..2026-03 --siren 732829320 -o .
    """
    from acctkit.audit import fec as form

    if separator not in form.SEPARATORS:
        raise refusal("X907", f"`{separator}` separates no columns", "--separator is tab or pipe")
    found = _read(ctx.obj, period)
    if found is None:
        return 1
    table, entity = found
    name = form.file_name(form.siren_of(entity, siren), table.last)
    form.require_fit(table, entity)
    data, encoding = form.encoded(form.fec_text(table, separator))
    place = _named(path, name)
    _write(place, data)
    without = form.left_out(table)
    more = f"; without {', '.join(without)}, which closed the year" if without else ""
    _say(place, table, f", in {encoding}{more}")
    if year := form.part_of(table, entity):
        tell(f"the law asks for the whole financial year, {year}: this is a part of it, numbered by itself")
    return 0


@export.command("gobd")
def gobd(
    ctx: typer.Context,
    period: _PeriodOption,
    path: Annotated[str, typer.Option("-o", "--output-file", metavar="FOLDER", help="A folder that is new, or empty.")],
    seat: Annotated[str, typer.Option("--seat", metavar="PLACE", help="Where the entity has its seat.")] = "",
) -> int:
    """Write a folder for a German tax auditor (GoBD, Z3): CSV files, and the index.xml that describes them.

    Example: acct export gobd -p 2026-Q1 --seat Hamburg -o z3
    """
    from acctkit.audit.gobd import gobd_files

    found = _read(ctx.obj, period)
    if found is None:
        return 1
    table, entity = found
    folder = _new_folder(path)
    seat = seat or (entity.vat.country if entity.vat else "")
    for name, text in gobd_files(table, seat, f"acct {__version__}").items():
        _write(str(folder / name), text.encode())
    _say(path, table)
    return 0


@export.command("saft")
def saft(
    ctx: typer.Context,
    period: _PeriodOption,
    path: Annotated[str, typer.Option("-o", "--output-file", metavar="FILE", help="The file; - prints it.")],
    country: Annotated[
        str, typer.Option("--country", metavar="CC", help="Whose authority asks; else the country of the VAT number.")
    ] = "",
    number: Annotated[
        str, typer.Option("--number", metavar="NUMBER", help="The entity's number there; else its VAT number.")
    ] = "",
    contact: Annotated[str, typer.Option("--contact", metavar="NAME", help="Who answers questions about it.")] = "",
    telephone: Annotated[str, typer.Option("--telephone", metavar="NUMBER", help="By which number.")] = "",
) -> int:
    """Write a Standard Audit File for Tax (SAF-T) in the OECD's form 2.00.

    Example: acct export saft -p 2026-Q1 -o saft.xml
    """
    from acctkit.audit.saft import saft_text, sender

    found = _read(ctx.obj, period)
    if found is None:
        return 1
    table, entity = found
    context: Context = ctx.obj
    by = sender(entity, country, number, ("acct", __version__), context.today, contact, telephone)
    _write(path, saft_text(table, entity, by).encode())
    _say(path, table)
    return 0


def _read(context: Context, period: str) -> tuple[Authority, Entity] | None:
    """The neutral table of a period; None from books with errors, which nothing leaves."""
    from acctkit.audit import read_chain
    from acctkit.audit.authorities import read_authority

    wanted = period_of(context, "", "", period)
    books = load(context)
    ledger = books.ledger
    if exit_code(ledger.problems):
        tell("nothing leaves books with errors: mend them first")
        return None
    stream = books.stream
    return read_authority(ledger, read_chain(stream), (source.name for source in stream), wanted), ledger.entity


def _named(path: str, name: str) -> str:
    """The file to write: within a folder under the name it must have; raises Refusal X907 for any other name."""
    if path in ("", "-"):
        return path
    if Path(path).is_dir():
        return str(Path(path) / name)
    if Path(path).name != name:
        raise refusal("X907", f"{path} is not the name of this file", f"call it {name}, or name a folder")
    return path


def _new_folder(path: str) -> Path:
    """A folder with nothing in it; raises Refusal X907 where it has, X903 where it cannot be made."""
    from acctkit.books.private import private

    folder = Path(path)
    if path in ("", "-") or (folder.exists() and not folder.is_dir()):
        raise refusal("X907", "these are several files, and go into a folder", "name a new one: -o z3")
    try:
        with private():
            folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise refusal("X907", f"{path} is not empty", "name a new folder, so that nothing else is handed over")
    except OSError as reason:
        why = (reason.strerror or str(reason)).lower()
        raise refusal("X903", f"{path} cannot be written: {why}", "choose another folder") from None
    return folder


def _write(path: str, data: bytes) -> None:
    """Write a file that is the user's alone, or print it; raises Refusal X903."""
    from acctkit.books.private import private

    if path in ("", "-"):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    try:
        with private():
            Path(path).write_bytes(data)
    except OSError as reason:
        why = (reason.strerror or str(reason)).lower()
        raise refusal("X903", f"{path} cannot be written: {why}", "choose another file") from None


def _say(path: str, table: Authority, more: str = "") -> None:
    """On standard error, what was written."""
    sys.stdout.flush()
    where = "printed" if path in ("", "-") else f"wrote {path}"
    total = table.amount(table.debit)
    tell(
        f"{where}: {counted(len(table.vouchers), 'entry', 'entries')} in {counted(table.lines, 'line')} "
        f"from {table.begin} to {table.last}, "
        f"debits {total} {table.currency}{more}"
    )
