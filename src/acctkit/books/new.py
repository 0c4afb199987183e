"""New sets of books: the folder, acct.toml, the chart of accounts."""

from __future__ import annotations

import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from acctkit.books.files import in_words
from acctkit.books.private import private
from acctkit.books.root import ROOT_FILE, SETTINGS
from acctkit.journal.writer import quote
from acctkit.ledger.nearest import meant
from acctkit.problem import refusal


class NewBooks(NamedTuple):
    """What a new set of books needs to know."""

    name: str
    currency: str
    year_end: str
    first_day: date
    chart: str
    vat_number: str


def charts() -> list[str]:
    """The names of the charts of accounts there are."""
    return sorted(path.name.removesuffix(".toml") for path in (files("acctkit") / "data" / "charts").iterdir())


def create(folder: Path, new: NewBooks) -> list[Path]:
    """Make a folder of books; the paths made. Raises Refusal where there are books already, or it cannot be written."""
    _require_none(folder)
    if new.chart not in charts():
        raise refusal(
            "X907",
            f"there is no chart `{new.chart}`",
            meant(new.chart, charts(), f"the charts are {', '.join(charts())}"),
        )
    return _made(folder, new.name, new.first_day, _settings(new), _main(new), _chart(new))


def create_from(folder: Path, name: str, first_day: date, settings: str, main: str, chart: str) -> list[Path]:
    """Make a folder of books of these texts; the paths made. Raises Refusal as `create` does."""
    _require_none(folder)
    return _made(folder, name, first_day, settings, main, chart)


def _require_none(folder: Path) -> None:
    if (folder / SETTINGS).exists() or (folder / ROOT_FILE).exists():
        hint = f"choose another folder; acct -f {folder} check looks at these"
        raise refusal("X907", f"there are books in {folder} already", hint)


def _made(folder: Path, name: str, first_day: date, settings: str, main: str, chart: str) -> list[Path]:
    texts = {
        Path(SETTINGS): settings,
        ROOT_FILE: main,
        ROOT_FILE.with_name("chart.beancount"): chart,
        Path("statements") / "README": "Bank and card files as they were received. They are never edited.\n",
        Path("documents") / "README": "Bills, receipts and contracts as they were filed.\n",
        Path(".gitignore"): ".acct.*\n",
    }
    made = []
    try:
        # The first month's file stands there from the start, since a pattern that finds nothing is an error.
        month = Path("journals") / f"{first_day:%Y}" / f"{first_day:%Y-%m}.beancount"
        texts[month] = f"; {name}: posted in {first_day:%B %Y}\n"
        with private():
            for inside, text in texts.items():
                path = folder / inside
                if path.exists():
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                made.append(path)
                path.write_text(text, encoding="utf-8")
    except OSError as reason:
        for path in made:
            path.unlink(missing_ok=True)
        raise refusal("X903", f"{folder} cannot be written: {in_words(reason)}", "check its permissions") from None
    return made


def remove(folder: Path, made: list[Path]) -> None:
    """Take away what was just made, with the folders that are then empty; anything else there stays."""
    (folder / ".acct.lock").unlink(missing_ok=True)
    for path in made:
        path.unlink(missing_ok=True)
    for below in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(below.iterdir()):
            below.rmdir()
    if not any(folder.iterdir()):
        folder.rmdir()


def _settings(new: NewBooks) -> str:
    lines = ["[entity]", f"name = {quote(new.name)}", f'currency = "{new.currency}"', f'year-end = "{new.year_end}"']
    if new.vat_number:
        lines += ["", "[vat]", 'country = "GB"', f"number = {quote(new.vat_number)}", 'scheme = "standard"']
        lines += [f"registered = {new.first_day}", 'periods = "quarters to 03"']
    return "\n".join(lines) + "\n"


def _main(new: NewBooks) -> str:
    return (
        f'option "title" {quote(new.name)}\noption "operating_currency" "{new.currency}"\n\n'
        'include "chart.beancount"\ninclude "*/*.beancount"\n'
    )


def _chart(new: NewBooks) -> str:
    data = tomllib.loads((files("acctkit") / "data" / "charts" / f"{new.chart}.toml").read_text(encoding="utf-8"))
    lines = [f"; {data['title']}"]
    for nominal, account, role, *marks in data["accounts"]:
        # Only cash at bank and control accounts may hold other currencies; those are opened when they are needed.
        lines += ["", f"{new.first_day} open {account} {new.currency}", f'  nominal: "{nominal}"']
        lines += [f'  role: "{role}"'] if role else []
        lines += [f"  {mark}: TRUE" for mark in marks]
    return "\n".join(lines) + "\n"
