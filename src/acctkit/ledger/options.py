"""The options of a book that change what its entries mean, read from its first file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from acctkit.journal import spans
from acctkit.journal.entries import Option
from acctkit.journal.parser import Parsed
from acctkit.journal.tokens import YES, is_part, read_number
from acctkit.ledger.nearest import nearest
from acctkit.problem import ERROR, Problem, error, warning

ZERO = Decimal(0)

METHODS = ("STRICT", "STRICT_WITH_SIZE", "FIFO", "LIFO", "HIFO", "NONE", "AVERAGE")

# Every option beancount knows; those acct does not use change no figure.
_KNOWN = frozenset(
    [
        "title",
        "name_assets",
        "name_liabilities",
        "name_equity",
        "name_income",
        "name_expenses",
        "operating_currency",
        "booking_method",
        "inferred_tolerance_default",
        "inferred_tolerance_multiplier",
        "infer_tolerance_from_cost",
        "tolerance_multiplier",
        "account_previous_balances",
        "account_previous_earnings",
        "account_previous_conversions",
        "account_current_earnings",
        "account_current_conversions",
        "account_unrealized_gains",
        "account_rounding",
        "conversion_currency",
        "documents",
        "render_commas",
        "plugin_processing_mode",
        "long_string_maxlines",
        "allow_pipe_separator",
        "allow_deprecated_none_for_tags_and_links",
        "insert_pythonpath",
        "display_precision",
        "use_precise_interpolation",
    ]
)
# What beancount works out itself and yet lets a journal set.
_WORKED_OUT = frozenset(["input_hash", "commodities", "dcontext"])
_PAIR = re.compile(r"(.*):([\d.]+)", re.ASCII)
_MOST_PLACES = 100
# Those beancount reports as errors though it reads them, each with what to do.
_OUT_OF_USE = {
    "inferred_tolerance_multiplier": "name it tolerance_multiplier",
    "allow_pipe_separator": "write payee and narration side by side",
    "allow_deprecated_none_for_tags_and_links": "remove the line",
}
_ACCOUNT_NAMES = frozenset(name for name in _KNOWN if name.startswith(("name_", "account_")))


@dataclass(frozen=True, slots=True)
class Options:
    """What the `option` lines of a book say; the defaults are beancount's."""

    title: str = ""
    operating_currencies: tuple[str, ...] = ()
    booking_method: str = "STRICT"
    tolerance_defaults: dict[str, Decimal] = field(default_factory=dict)
    tolerance_multiplier: Decimal = Decimal("0.5")
    tolerance_from_cost: bool = False
    precise_interpolation: bool = False
    display_digits: dict[str, int] = field(default_factory=dict)
    raw: bool = False
    roots: tuple[str, ...] = ("Assets", "Liabilities", "Equity", "Income", "Expenses")


def read_options(files: list[Parsed]) -> tuple[Options, list[Problem]]:
    """The options of a book. Only the first file's count, but operating currencies of all are joined."""
    values: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for index, parsed in enumerate(files):
        for option in parsed.options:
            problem = _wrong_option(parsed, option)
            if problem is not None:
                problems.append(problem)
            if option.name in _WORKED_OUT:
                continue
            is_wrong = problem is not None and problem.severity == ERROR
            if is_wrong and (option.name not in _OUT_OF_USE or _is_wrong_number(option)):
                continue
            if index == 0 or option.name == "operating_currency":
                values.setdefault(option.name, []).append(option.value)
            elif not option.name.startswith("name_"):
                hint = "move it to the book's first file"
                place = spans.string(parsed.source.place(option.line), 0)
                message = f"option `{option.name}` does not count in an included file"
                problems.append(warning("J114", message, place, hint))
    return _options(values), problems


def _fitting(name: str) -> str:
    """What an option's value is to be."""
    if name == "booking_method":
        return f"write one of {', '.join(METHODS)}"
    if name in _ACCOUNT_NAMES:
        if name.startswith("name_"):
            return "write one word that begins with a capital, like Assets"
        return "write the end of an account's name, like Opening-Balances"
    if name == "plugin_processing_mode":
        return "write default or raw"
    if name in ("inferred_tolerance_default", "display_precision"):
        return "write a commodity and a number, like USD:0.01"
    return "write a number, like 0.5" if name.endswith("tolerance_multiplier") else "write TRUE or FALSE"


def _wrong_option(parsed: Parsed, option: Option) -> Problem | None:
    line = parsed.source.place(option.line)
    place = spans.string(line, 0)
    if option.name in _WORKED_OUT:
        message = f"option `{option.name}` is worked out, so what is set here does not count"
        return warning("J111", message, place, "remove the line")
    if option.name not in _KNOWN:
        near = nearest(option.name, _KNOWN)
        hint = f"did you mean {near[0]}?" if near else "check its spelling, or remove the line"
        return error("J111", f"there is no option `{option.name}`", place, hint)
    if option.name in _OUT_OF_USE:
        return error("J111", f"option `{option.name}` is out of use", place, _OUT_OF_USE[option.name])
    value = option.value
    wrong = False
    if option.name == "booking_method":
        wrong = value not in METHODS
    elif option.name in _ACCOUNT_NAMES:
        parts = value.split(":")
        wrong = not all(is_part(part, first=option.name.startswith("name_")) for part in parts)
        wrong |= option.name.startswith("name_") and len(parts) > 1
    elif option.name == "plugin_processing_mode":
        wrong = value not in ("default", "raw")
    elif option.name in ("inferred_tolerance_default", "display_precision"):
        pair = _pair(value)
        wrong = pair is None
        if pair is not None and not (pair[0] and _PAIR.fullmatch(value)):
            message = f"`{value}` is read as {pair[1]} of `{pair[0]}`"
            return warning("J111", message, spans.string(line, 1), "write it like USD:0.01")
    else:
        wrong = _is_wrong_number(option)
        if option.name.endswith("tolerance_multiplier") and not wrong and read_number(value) is None:
            message = f"`{value}` is read as {_number(value)}"
            return warning("J111", message, spans.string(line, 1), "write it like 0.5")
    if wrong:
        hint = f"{_fitting(option.name)}, or remove the line"
        return error("J111", f"`{value}` is not a value of option `{option.name}`", spans.string(line, 1), hint)
    return None


def _is_wrong_number(option: Option) -> bool:
    return option.name.endswith("tolerance_multiplier") and _number(option.value) is None


def _number(text: str) -> Decimal | None:
    """A number as beancount reads one outside the journal's grammar: commas and blanks mean nothing, no text is 0."""
    try:
        number = Decimal(re.sub("[ ,]", "", text) or 0)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) <= _MOST_PLACES else None


def _pair(text: str) -> tuple[str, Decimal] | None:
    """The commodity and number of `USD:0.01`; what follows the number means nothing."""
    match = _PAIR.match(text)
    number = _number(match[2]) if match else None
    return (match[1], number) if match and number is not None else None


def _options(values: dict[str, list[str]]) -> Options:
    def last(name: str, default: str) -> str:
        return values.get(name, [default])[-1]

    def is_true(name: str) -> bool:
        return last(name, "FALSE").upper() in YES

    def pairs(name: str) -> dict[str, Decimal]:
        return dict(pair for value in values.get(name, []) if (pair := _pair(value)))

    multiplier = last("tolerance_multiplier", last("inferred_tolerance_multiplier", "0.5"))
    names = ("assets", "liabilities", "equity", "income", "expenses")
    return Options(
        title=last("title", ""),
        operating_currencies=tuple(dict.fromkeys(values.get("operating_currency", []))),
        booking_method=last("booking_method", "STRICT"),
        tolerance_defaults=pairs("inferred_tolerance_default"),
        tolerance_multiplier=_number(multiplier) or ZERO,
        tolerance_from_cost=is_true("infer_tolerance_from_cost"),
        precise_interpolation=is_true("use_precise_interpolation"),
        display_digits={c: max(0, -int(n.as_tuple().exponent)) for c, n in pairs("display_precision").items()},
        raw=last("plugin_processing_mode", "default") == "raw",
        roots=tuple(last(f"name_{name}", name.capitalize()) for name in names),
    )
