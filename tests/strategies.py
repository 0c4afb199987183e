"""Hypothesis strategies for journals: their words, their values, whole journals, and damaged ones."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from acctkit.journal.entries import Account, Commodity, Money, Tag
from acctkit.journal.writer import Leg

OPENED = date(2020, 1, 1)
ACCOUNTS = [
    "Assets:Bank:Current",
    "Assets:Bank",
    "Assets:Debtors",
    "Assets:Broker",
    "Liabilities:VAT",
    "Income:Design",
    "Expenses:Stationery",
    "Equity:Opening-Balances",
    "Expenses:7Eleven:Été",
]
CURRENCIES = ["GBP", "EUR", "JPY"]
SHARES = ["HOOL", "VT.L"]

_WORD_LETTERS = "abcxyzABCXYZ0129-_/."
_PART_LETTERS = "abcABC019-éÉЖж"

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
any_days = st.dates(date(1700, 1, 1), date(2099, 12, 31))
words = st.text(_WORD_LETTERS, min_size=1, max_size=8)
keys = st.builds("".join, st.tuples(st.sampled_from("abz"), st.text("abzAB09-_", min_size=1, max_size=8)))
account_parts = st.builds("".join, st.tuples(st.sampled_from("ABZ09ÉЖ"), st.text(_PART_LETTERS, max_size=6)))
account_names = st.builds(
    lambda root, parts: ":".join([root, *parts]),
    st.sampled_from(["Assets", "Liabilities", "Equity", "Income", "Expenses"]),
    st.lists(account_parts, min_size=1, max_size=3),
)
commodity_names = st.sampled_from([*CURRENCIES, *SHARES, "X", "/ES"]) | st.from_regex(
    r"[A-Z][A-Z0-9'._\-]{0,6}[A-Z0-9]", fullmatch=True
).filter(lambda name: name not in ("TRUE", "FALSE", "NULL"))
# What a journal's strings can hold: anything but control characters, other line ends and half characters.
_TURNING = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
texts = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters=_TURNING)
    | st.sampled_from(' \n\t"\\;#*\u00a0'),
    max_size=20,
)


@st.composite
def numbers(draw, largest=10**9, places=8):
    """A Decimal with its digits as written, sign and trailing zeros included; small ones are as likely as large."""
    digits = draw(st.integers(-largest, largest) | st.integers(-120, 120))
    return Decimal(digits).scaleb(-draw(st.integers(0, places)))


amounts = st.builds(Money, numbers(), commodity_names)
values = st.one_of(
    texts,
    numbers(),
    any_days,
    st.booleans(),
    amounts,
    st.none(),
    account_names.map(Account),
    words.map(Tag),
    commodity_names.map(Commodity),
)
# Beancount takes fewer kinds of value in a `custom` record than in metadata.
record_values = st.one_of(texts, numbers(), any_days, st.booleans(), amounts, account_names.map(Account))
metas = st.dictionaries(keys, values, max_size=3)
prices = st.builds(Money, numbers().map(abs), commodity_names)
legs = st.builds(Leg, account_names, amounts, metas, st.none() | prices)


# Journals as text. Their accounts are all open, and most of their transactions balance.


@dataclass(frozen=True)
class Written:
    """A transaction as text, and the day it is dated."""

    day: date
    text: str


def _positive(draw, places=2):
    return abs(draw(numbers(10**6, places))) or Decimal(1)


@st.composite
def transactions(draw, *, lots=True, balanced=False):
    """A transaction that balances, or (unless `balanced`) nearly always does."""
    day = draw(st.dates(date(2026, 1, 1), date(2026, 1, 6)))
    header = f'{day} {draw(st.sampled_from("*!"))} "{draw(words)}"'
    if draw(st.booleans()):
        header += f' "{draw(words)}" #{draw(words)} ^{draw(words)}'
    lines = [header]
    if draw(st.booleans()):
        lines.append(f'  {draw(keys)}: "{draw(words)}"')
    kinds = ["plain", "plain", "elided", "price", "total-price"] + ["buy", "sell"] * lots
    pick = st.sampled_from(ACCOUNTS)
    currency = draw(st.sampled_from(CURRENCIES))
    kind = draw(st.sampled_from(kinds))
    if kind in ("plain", "elided"):
        found = draw(st.lists(numbers(10**6, 3), min_size=1, max_size=4))
        lines += [f"  {draw(pick)}  {number:f} {currency}" for number in found]
        lines.append(f"  {draw(pick)}" + (f"  {-sum(found):f} {currency}" if kind == "plain" else ""))
    else:
        lines += _exchange(draw, kind, currency, pick)
    if not balanced and draw(st.integers(0, 9)) == 0:
        lines.append(f"  {draw(pick)}  {draw(numbers(100, 1)):f} {currency}")
    if draw(st.integers(0, 3)) == 0:
        lines.append(f"    {draw(keys)}: {draw(numbers(100)):f} {currency}")
    return Written(day, "\n".join(lines) + "\n")


def _exchange(draw, kind, currency, pick):
    """The legs of a transaction that changes one commodity for another, by price or by lot."""
    units, rate = _positive(draw), _positive(draw)
    other = draw(st.sampled_from([c for c in CURRENCIES if c != currency] if "price" in kind else SHARES))
    sign = draw(st.sampled_from(["", "-"]))
    back = "" if sign else "-"
    if kind == "price":
        first, worth = f"{sign}{units:f} {other} @ {rate:f} {currency}", units * rate
    elif kind == "total-price":
        first, worth = f"{sign}{units:f} {other} @@ {rate:f} {currency}", rate
    elif kind == "buy":
        spec = draw(st.sampled_from(["", ", 2026-01-02", ', "lot"']))
        first, worth, back = f"{units:f} {other} {{{rate:f} {currency}{spec}}}", units * rate, "-"
    else:
        return [f"  Assets:Broker  -{units:f} {other} {{}} @ {rate:f} {currency}", f"  {draw(pick)}"]
    account = "Assets:Broker" if kind == "buy" else draw(pick)
    second = draw(st.sampled_from(["", f"  {back}{worth:f} {currency}"]))
    return [f"  {account}  {first}", f"  {draw(pick)}{second}"]


OPENS = "".join(f"{OPENED} open {name}" + ('  "FIFO"' if name == "Assets:Broker" else "") + "\n" for name in ACCOUNTS)

others = st.one_of(
    st.builds("{} balance {}  {:f} {}\n".format, days, st.sampled_from(ACCOUNTS), numbers(100, 2), st.just("GBP")),
    st.builds("{} pad {} Equity:Opening-Balances\n".format, days, st.sampled_from(ACCOUNTS)),
    st.builds("{} price {}  {:f} GBP\n".format, days, commodity_names, numbers().map(abs)),
    st.builds('{} note {} "{}" #{}\n'.format, days, st.sampled_from(ACCOUNTS), words, words),
    st.builds('{} event "{}" "{}"\n'.format, days, words, words),
    st.builds("{} open {}\n".format, days, account_names),
    st.builds("{} close {}\n".format, days, st.sampled_from(ACCOUNTS)),
    st.builds("{} commodity {}\n".format, days, commodity_names),
    st.builds('{} custom "allocate" "{}" "{}" {:f} GBP\n'.format, days, words, words, numbers()),
    st.builds('{} custom "undo" "allocate" "{}" "{}" {:f} GBP\n'.format, days, words, words, numbers()),
    st.builds('option "{}" "{}"\n'.format, st.sampled_from(["title", "booking_method", "bad"]), words),
    st.builds("pushtag #{}\n".format, words),
    st.just("; a remark\n"),
)


@st.composite
def journals(draw):
    """A whole journal as text: accounts opened, then transactions among directives of every kind."""
    parts = draw(st.lists(transactions().map(lambda t: t.text) | others, max_size=8))
    return "\n".join([OPENS, *parts])


# Whole ledgers for comparing with beancount: lots of all kinds, options, plugins, pads and what they leave.

_METHODS = ["STRICT", "STRICT_WITH_SIZE", "FIFO", "LIFO", "HIFO", "NONE"]
_PLUGINS = [
    "auto", "auto_accounts", "implicit_prices", "check_closing", "check_commodity", "check_drained", "close_tree",
    "coherent_cost", "leafonly", "noduplicates", "nounused", "onecommodity", "pedantic", "sellgains", "unique_prices",
]  # fmt: skip
_PLACES = ["Assets:Broker", "Assets:Broker:Sub", "Assets:Bank", "Equity:Opening", "Income:Gains", "Expenses:Fees"]
_some_days = st.dates(date(2026, 1, 1), date(2026, 1, 5))
_small = st.builds(lambda n, places: f"{Decimal(n).scaleb(-places):f}", st.integers(1, 40), st.integers(0, 3))
_money = st.sampled_from(["USD", "EUR"])
_bases = st.builds("{} {}".format, _small, _money)
_settings = st.one_of(
    st.builds('option "booking_method" "{}"'.format, st.sampled_from(_METHODS)),
    st.builds('option "tolerance_multiplier" "{}"'.format, st.sampled_from(["0.5", "1", "0.6", "0"])),
    st.builds(
        'option "inferred_tolerance_default" "{}:{}"'.format,
        st.sampled_from(["*", "USD", "HOOL"]),
        st.sampled_from(["0", "0.005", "0.1", "1"]),
    ),
    st.just('option "infer_tolerance_from_cost" "TRUE"'),
    st.just('option "use_precise_interpolation" "TRUE"'),
    st.builds('plugin "beancount.plugins.{}"'.format, st.sampled_from(_PLUGINS)),
    st.builds('plugin "beancount.plugins.currency_accounts" "{}"'.format, st.sampled_from(["Equity:Cur", ""])),
)


@st.composite
def _braces(draw):
    """What may stand behind units: a cost, whole or in part, in either form."""
    base = draw(_bases)
    number, currency = base.split()
    part = st.sampled_from([base, base, base, currency, number, "", f"{number} # 1 {currency}", f"# {base}"])
    parts = [text for text in [draw(part)] if text]
    parts += draw(st.lists(st.sampled_from(["2026-01-01", "2026-01-02", '"lot"', '"b"']), max_size=2, unique=True))
    if draw(st.integers(0, 5)) == 0:
        return f"{{{{{base}}}}}"
    return f"{{{', '.join(parts)}}}"


@st.composite
def _any_leg(draw):
    sign = draw(st.sampled_from(["", "-"]))
    account = draw(st.sampled_from(_PLACES))
    kind = draw(st.integers(0, 11))
    share = draw(st.sampled_from(["HOOL", "HOOL", "WIDG"]))
    units = f"{sign}{draw(_small)} {share}"
    if kind == 0:
        return f"  {account}"
    if kind == 1:
        return f"  {account}  {draw(_money)}"
    if kind in (2, 3, 4):
        return f"  {account}  {sign}{draw(_bases)}"
    price = draw(st.sampled_from([" @ ", " @@ "])) + draw(st.one_of(_bases, _bases, _money, st.just("")))
    if kind in (5, 6):
        return f"  {account}  {units}{price}"
    if kind == 7:
        units = share
    text = f"  {account}  {units} {draw(_braces())}"
    return text + (price if kind == 8 else "") + ("\n    closing: TRUE" if kind == 9 else "")


@st.composite
def _any_transaction(draw):
    legs = draw(st.lists(_any_leg(), min_size=1, max_size=3))
    legs += draw(st.sampled_from([["  Assets:Bank"], ["  Income:Gains"], []]))
    return "\n".join([f'{draw(_some_days)} {draw(st.sampled_from("*!"))} "x"', *legs]) + "\n"


@st.composite
def _trade(draw):
    """A purchase, or a sale of what earlier ones may have bought."""
    units, share = draw(st.integers(1, 5)), draw(st.sampled_from(["HOOL", "WIDG"]))
    account = draw(st.sampled_from(["Assets:Broker", "Assets:Broker:Sub"]))
    extra = draw(st.sampled_from(["", "", ", 2026-01-02", ', "lot"']))
    rate = f"{draw(st.sampled_from(['2', '2.5', '3']))} USD"
    if draw(st.booleans()):
        leg = f"{units} {share} {{{rate}{extra}}}"
    else:
        spec = draw(st.sampled_from([rate + extra, "", extra.removeprefix(", ")]))
        leg = f"-{units} {share} {{{spec}}}" + draw(st.sampled_from(["", " @ 3 USD", " @@ 7.01 USD"]))
    return f'{draw(_some_days)} * "trade"\n  {account}  {leg}\n  Assets:Bank\n'


_statements = st.one_of(
    st.builds("{} balance {}  {} {}\n".format, _some_days, st.sampled_from(_PLACES), _small, _money),
    st.builds("{} balance {}  {} ~ {} {}\n".format, _some_days, st.sampled_from(_PLACES), _small, _small, _money),
    st.builds("{} balance {}  {} HOOL\n".format, _some_days, st.sampled_from(_PLACES), _small),
    st.builds("{} pad {} Equity:Opening\n".format, _some_days, st.sampled_from(_PLACES)),
    st.builds("{} price {} {} {}\n".format, _some_days, st.sampled_from(["HOOL", "EUR"]), _small, _money),
    st.builds("{} close {}\n".format, _some_days, st.sampled_from(_PLACES)),
    st.builds("{} open {}\n".format, _some_days, st.sampled_from(_PLACES)),
    st.builds("{} commodity {}\n".format, _some_days, st.sampled_from(["HOOL", "USD"])),
    st.builds('{} note {} "x"\n'.format, _some_days, st.sampled_from(_PLACES)),
)


@st.composite
def ledgers(draw):
    """A whole ledger as text, nearly free of errors of form, with every kind of lot, option and plugin."""
    lines = draw(st.lists(_settings, max_size=2))
    for account in _PLACES:
        if draw(st.integers(0, 9)):
            takes = draw(st.sampled_from(["", "", "", "", " USD", " USD,HOOL"]))
            method = draw(st.sampled_from(["", "", "", *(f' "{method}"' for method in _METHODS)]))
            lines.append(f"2020-01-01 open {account}{takes}{method}")
    kinds = draw(st.sampled_from([(_trade(), _trade(), _statements), (_any_transaction(), _trade(), _statements)]))
    parts = draw(st.lists(st.one_of(*kinds, transactions().map(lambda t: t.text)), max_size=8))
    return "\n".join([*lines, *parts])


# Damage.

NASTY = [
    '"', "\\", "{", "}}", "{{", "@@", "@ ", "#", "^", "~", "|", ",", ";", ":", "(", ")", "((((", "/0", "*0", "-", "--",
    "\n", "\n\n", "\r", "\t", "\f", "\v", "\0", " ", "\n  ", "\ufeff", "\u2028", "\x85", "\u00a0", "\u0661\u0662", "²",
    "9" * 40, "9" * 1200, "." + "0" * 1200 + "1", "1,00", "9999999*9999999*" * 40 + "9", "1E5", "NaN", "GBP", " 1 GBP",
    "2026-02-30", "1600-01-01", "9999-99-99", "2026-01-01 ", "TRUE", "NULL", "Assets:X", "Assets:", "assets:x",
    "Ⅷ", "漢字", "é", "\U0001f600", "{}", "{*}", "{#}", "{1 # 2 GBP}", "{GBP}", "@", "@ GBP", "@@ GBP", "0 HOOL {}",
    'include "x"\n', 'plugin "x"\n', "poptag #x\n", "pushmeta x:\n", "pushmeta xx: 1 GBP\n", "popmeta xx:\n",
    'option "name_assets" "Vermögen"\n', 'option "inferred_tolerance_default" "*:0.1"\n',
    'option "display_precision" "GBP:1"\n', 'option "inferred_tolerance_multiplier" "1,"\n',
    'option "booking_method" "FIFO"\n', 'plugin "beancount.plugins.auto_accounts"\n',
]  # fmt: skip


@st.composite
def damaged(draw):
    """The bytes of a journal with a few things cut out, put in, or moved."""
    text = draw(journals())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.sampled_from([start, start, start + 1, start + draw(st.integers(0, 60))]))
        patch = draw(st.sampled_from(["", text[end : end + 40], *NASTY]))
        text = text[:start] + patch + text[end:]
    data = text.encode()
    if draw(st.integers(0, 4)) == 0:
        start = draw(st.integers(0, len(data)))
        data = data[:start] + draw(st.binary(min_size=1, max_size=3)) + data[start:]
    return data
