"""What holds for every journal: numbered properties, tried on generated journals and damaged ones."""

from collections import defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from acctkit.journal.entries import Cost, Custom, Money, Transaction
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.journal.writer import record_text, transaction_text
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.period import ALWAYS, Period
from strategies import OPENS, any_days, damaged, journals, keys, legs, metas, record_values, texts, transactions, words


def ledger_of(journal):
    data = journal if isinstance(journal, bytes) else journal.encode()
    return Ledger([parse(Source("x.beancount", data))], Entity())


def same(one, other):
    """Whether values are of one type and equal, numbers to the last digit written."""
    if isinstance(one, Decimal):
        return isinstance(other, Decimal) and one.as_tuple() == other.as_tuple()
    if isinstance(one, Money):
        return isinstance(other, Money) and same(one.number, other.number) and one.commodity == other.commodity
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


# P1. What is written is read back as it was.


@given(
    any_days, texts, texts, st.lists(legs, max_size=4), metas, st.sampled_from("*!P"), st.sets(words), st.sets(words)
)
def test_p1_a_transaction_is_read_as_written(day, payee, narration, written, meta, flag, tags, links):
    text = transaction_text(day, payee, narration, written, meta, flag=flag, tags=tags, links=links)
    parsed = parse(Source("x", text.encode()))
    assert parsed.problems == []
    (entry,) = parsed.entries
    assert isinstance(entry, Transaction)
    assert (entry.date, entry.payee or "", entry.narration, entry.flag) == (day, payee, narration, flag)
    assert (entry.tags, entry.links) == (tags, links)
    assert same(entry.meta, meta)
    assert [posting.account for posting in entry.postings] == [leg.account for leg in written]
    for posting, leg in zip(entry.postings, written, strict=True):
        assert same(posting.units, leg.amount)
        assert same(posting.meta, dict(leg.meta))
        price = posting.price and (posting.price.is_total, Money(*posting.price[:2]))
        assert same(price, leg.total_price and (True, leg.total_price))


@given(any_days, texts, st.lists(record_values, max_size=5), st.dictionaries(keys, texts, max_size=2))
def test_p1_a_record_is_read_as_written(day, kind, written, meta):
    try:
        text = record_text(day, kind, written, meta)
    except ValueError:  # a number beside a number, which would read as one
        return
    parsed = parse(Source("x", text.encode()))
    assert parsed.problems == []
    (entry,) = parsed.entries
    assert isinstance(entry, Custom)
    assert (entry.date, entry.kind) == (day, kind)
    assert same(list(entry.values), written)
    assert same(entry.meta, meta)


# P2. No bytes make the parser or the ledger raise. P3. Every problem has a place inside its file.


def assert_read(data):
    source = Source("x.beancount", data)
    parsed = parse(source)
    ledger = Ledger([parsed], Entity())
    ledger.movements(ALWAYS)
    assert ledger.names is not None
    for problem in [*parsed.problems, *ledger.problems]:
        place = problem.place
        assert place is not None, problem
        assert 1 <= place.line <= len(source.lines), problem
        line = source.line(place.line)
        assert place.text in (line, ""), problem
        assert 1 <= place.column <= len(line) + 1, problem
        assert place.column < place.end_column <= len(line) + 2, problem
    for entry in parsed.entries:
        assert 1 <= entry.line <= entry.last_line <= len(source.lines)


@given(st.binary(max_size=200))
def test_p2_p3_any_bytes(data):
    assert_read(data)


@given(st.text(max_size=200))
def test_p2_p3_any_text(text):
    assert_read(text.encode(errors="surrogatepass"))


@given(damaged())
@example(b'2026-01-01 * "x"\n  Assets:A  ' + b"9" * 1200 + b" GBP\n  Assets:B\n")
@example(b'2026-01-01 * "x"\n  Assets:A  -5 X\n  Assets:B\n2026-01-02 * "y"\n  Assets:A  9 {GBP}\n  Assets:B  1 GBP\n')
@example(b'option "tolerance_multiplier" "1,000"\n')
def test_p2_p3_damaged_journals(data):
    assert_read(data)


# P4. A transaction that nothing is said against sums to zero.


def exact_weight(posting):
    number = Fraction(posting.number)
    if isinstance(posting.cost, Cost):
        return posting.cost.commodity, number * Fraction(posting.cost.number)
    price = posting.price
    if price is None:
        return posting.commodity, number
    sign = -1 if number < 0 else 1
    return price.commodity, sign * Fraction(price.number) if price.is_total else number * Fraction(price.number)


@given(journals())
def test_p4_transactions_sum_to_zero(text):
    ledger = ledger_of(text)
    faulty = {p.place.line for p in ledger.problems if p.place and p.code in ("L201", "L202")}
    for entry in ledger.transactions:
        if faulty & set(range(entry.line, entry.last_line + 1)):
            continue
        sums = defaultdict(Fraction)
        tolerance = defaultdict(Fraction)
        for posting in entry.postings:
            currency, number = exact_weight(posting)
            sums[currency] += number
            exponent = posting.number.as_tuple().exponent
            if exponent < 0 and not posting.inferred:
                tolerance[posting.commodity] = max(tolerance[posting.commodity], Fraction(10) ** exponent / 2)
        for currency, rest in sums.items():
            assert abs(rest) <= tolerance[currency] + Fraction(1, 10**18), (entry.text, currency, rest)


# P5. Order within a day does not change what accounts hold.


@given(st.lists(transactions(lots=False), max_size=6).flatmap(lambda w: st.tuples(st.just(w), st.permutations(w))))
def test_p5_order_within_a_day(both):
    written, shuffled = both
    by_day = sorted(shuffled, key=lambda one: one.day)
    first, second = (ledger_of("\n".join([OPENS, *(one.text for one in some)])) for some in (written, by_day))
    for day in (1, 3, 9):
        period = Period(None, date(2026, 1, day))
        assert closings(first, period) == closings(second, period)


def closings(ledger, period):
    return {key: moved.closing for key, moved in ledger.movements(period).items() if moved.closing}


# P6. Movements are what a plain sum of the postings gives.


@given(journals(), st.integers(1, 7), st.integers(0, 7))
def test_p6_movements_are_plain_sums(text, begin, length):
    ledger = ledger_of(text)
    first = date(2026, 1, begin)
    period = Period(first, date(2026, 1, begin + length))
    expected = defaultdict(lambda: [Decimal(0)] * 3)
    base = defaultdict(lambda: [0] * 3)
    for entry in ledger.transactions:
        if entry.date >= period.end:
            continue
        for posting in entry.postings:
            key = posting.account, posting.commodity
            column = 0 if entry.date < first else 1 if posting.number > 0 else 2
            sign = -1 if column == 2 else 1
            expected[key][column] += sign * posting.number
            currency, weight = exact_weight(posting)
            if posting.commodity == ledger.entity.currency and not isinstance(posting.cost, Cost):
                currency, weight = posting.commodity, Fraction(posting.number)
            if currency != ledger.entity.currency:
                base[key] = None
            elif base[key] is not None:
                base[key][column] += sign * in_minor(ledger, weight, currency)
    found = ledger.movements(period)
    assert found.keys() == expected.keys()
    for key, moved in found.items():
        places = ledger.scale(key[1])
        assert [Decimal(minor).scaleb(-places) for minor in moved[:3]] == expected[key]
        if base[key] is not None:  # what rounding leaves of an entry moves from leg to leg, never more than that
            slack = 3 * len(ledger.transactions) * 10 ** (ledger.scale(ledger.entity.currency) - 2)
            assert all(abs(ours - plain) <= slack for ours, plain in zip(moved[3:], base[key], strict=True))


def in_minor(ledger, weight, currency):
    """A weight in minor units, rounded half away from zero to the places the currency is shown with."""
    shown, scale = ledger.shown(currency), ledger.scale(currency)
    places = scale if (weight * 10**scale).denominator == 1 else shown
    units = weight * 10**places
    rounded = Decimal(units.numerator * 10 // units.denominator) / 10
    return int(rounded.to_integral_value(ROUND_HALF_UP)) * 10 ** (scale - places)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=4), st.integers(1, 10**6))
def test_p7_an_entry_that_balances_balances_in_base_currency_too(cents, rate):
    """What rounding each foreign leg leaves over is put on the largest of them."""
    price = Decimal(rate).scaleb(-5)
    worth = sum(Decimal(n).scaleb(-2) * price for n in cents).quantize(Decimal("0.01"))
    legs = "".join(f"  Assets:Euro  {Decimal(n).scaleb(-2)} EUR @ {price} GBP\n" for n in cents)
    text = "2020-01-01 open Assets:Euro\n2020-01-01 open Assets:Bank\n"
    text += f'2020-01-02 * "x"\n{legs}  Assets:Bank  {-worth} GBP\n'
    ledger = Ledger([parse(Source("t.beancount", text.encode()))], Entity("Acme", "GBP", (3, 31), None))
    if not any(problem.code == "L201" for problem in ledger.problems):
        assert sum(ledger.bases(ledger.transactions[0])) == 0
