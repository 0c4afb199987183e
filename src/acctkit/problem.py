"""Problems: what is wrong with somebody's books or input, as data with a code, a place and a remedy."""

from __future__ import annotations

from typing import NamedTuple

ERROR = "error"
WARNING = "warning"

# What the codes of each letter are about.
TOPICS = {
    "J": "The text of a journal",
    "L": "The ledger's arithmetic",
    "D": "Documents and records",
    "B": "Bank files",
    "V": "VAT",
    "A": "Seals and locks",
    "X": "Nothing could be done",
}

# Each code's title. A code is never reused; its page in data/problems shows how it comes about, and its cure.
CODES = {
    "J101": "a line that is not a directive",
    "J102": "a directive that is not complete or not in order",
    "J103": "a number or expression that cannot be read",
    "J104": "a string without its closing quote",
    "J105": "a date that does not exist",
    "J106": "an account name that is not valid",
    "J107": "metadata that is not valid",
    "J108": "a posting or metadata line that belongs to no entry",
    "J109": "tags or metadata pushed and never popped, or popped and never pushed",
    "J110": "text that is not UTF-8",
    "J111": "an option that is unknown or not valid",
    "J112": "an include that finds nothing, or one file reached twice",
    "J113": "a plugin that acct does not run",
    "J114": "an option that does not count in an included file",
    "J115": "an include that leaves the folder of the books",
    "J116": "a plugin's setting that it cannot work with",
    "L201": "a transaction that does not balance",
    "L202": "an amount that cannot be worked out",
    "L203": "a sale of units that are not held",
    "L204": "a sale that fits several lots",
    "L205": "an account that is not open",
    "L206": "an account opened twice",
    "L207": "an account closed twice or never opened",
    "L208": "a commodity that an account does not take",
    "L209": "a balance that is not as asserted",
    "L210": "a pad that fills nothing",
    "L211": "two balances asserted for one day",
    "L212": "a commodity declared twice",
    "L213": "a negative or zero cost",
    "L214": "a booking method that is unknown",
    "L215": "a document file that is missing or misnamed",
    "L216": "a commodity that is not declared",
    "L217": "an entry that stands twice",
    "L218": "an account with accounts below it that is used itself",
    "L219": "two prices of one day",
    "L220": "more than one commodity in one account",
    "L221": "a sale whose price is not what was received",
    "L222": "a commodity with and without a cost",
    "L223": "an account that is never used",
    "L224": "a sale that names no lots",
    "L225": "an account closed that is not empty",
    "D301": "a reference used twice",
    "D302": "a gap in a series of references",
    "D303": "a record that names nothing known",
    "D304": "an allocation that is more than what is open",
    "D305": "a record with the wrong words",
    "D306": "an entry type that is unknown",
    "D307": "an undo that finds nothing to undo",
    "D308": "an entry dated far ahead, or years before all others",
    "D309": "a suspense account that is not empty",
    "D310": "a posting to debtors or creditors without a party",
    "D311": "a document that is named and missing",
    "D312": "two bills that may be one",
    "B401": "a file of an unknown kind",
    "B402": "a bank file or statement that cannot be read",
    "B403": "an amount or date that cannot be read",
    "B404": "a statement that does not add up",
    "B405": "two lines with one bank id",
    "B406": "a statement of another account or supplier",
    "B407": "dates that may be read two ways",
    "B408": "lines that the books hold under other ids",
    "B409": "a bank file that no longer shows what it did",
    "B410": "a coding rule that cannot be used",
    "V501": "a VAT code that is unknown",
    "V502": "a VAT code where none belongs",
    "V503": "income or expense without a VAT code",
    "V504": "VAT that does not fit its code",
    "V505": "a filed VAT return that its lines do not give",
    "V506": "a filed VAT return undone beneath a later one",
    "A601": "a seal that does not fit the text before it",
    "A602": "text after the last seal",
    "A603": "an entry posted into a locked period",
    "A604": "a file edited by hand that changed since it was sealed",
    "A605": "posted text that was changed or taken away",
    "A606": "a published head that the books do not have",
    "A607": "a file of evidence that is not as it was received",
    "A608": "an entry that nobody else has approved",
    "A609": "branches that Git merged into one stream",
    "A610": "an approval that does not hold",
    "A611": "a signed reconciliation that does not hold",
    "X901": "books that cannot be found",
    "X902": "a file that cannot be read",
    "X903": "a file that cannot be written",
    "X904": "books that are locked by another process",
    "X905": "settings that are not valid",
    "X906": "a draft that was refused",
    "X907": "a request that cannot be carried out",
}


class Place(NamedTuple):
    """Where in a text: the file, line and columns from 1 (end exclusive), and the line itself."""

    file: str
    line: int
    column: int = 1
    end_column: int = 0
    text: str = ""


class Problem(NamedTuple):
    """One thing wrong: a code of CODES, a severity, a sentence, a place if there is one, a remedy."""

    code: str
    severity: str
    message: str
    place: Place | None = None
    hint: str = ""
    related: tuple[tuple[str, Place], ...] = ()


class Refusal(Exception):  # noqa: N818 - it is a refusal, said in words, not a fault of the program
    """What stops a command before it did anything: problems to show, exit code 2."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def refusal(code: str, message: str, hint: str = "", place: Place | None = None) -> Refusal:
    """A refusal with one problem."""
    return Refusal(Problem(code, ERROR, message, place, hint))


def error(code: str, message: str, place: Place | None = None, hint: str = "") -> Problem:
    """A problem that makes the books wrong."""
    return Problem(code, ERROR, message, place, hint)


def warning(code: str, message: str, place: Place | None = None, hint: str = "") -> Problem:
    """A problem a person should see, though every figure holds."""
    return Problem(code, WARNING, message, place, hint)


def in_order(problems: list[Problem]) -> list[Problem]:
    """Problems by file and line, each once."""
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (p.place.file, p.place.line, p.place.column) if p.place else ("", 0, 0))


def count(problems: list[Problem]) -> dict[str, int]:
    """How many errors and warnings there are, as every JSON answer states them."""
    errors = sum(p.severity == ERROR for p in problems)
    return {"errors": errors, "warnings": len(problems) - errors}
