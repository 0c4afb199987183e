"""Values: exact money, and days, periods, financial years, due dates."""

import calendar
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from acctkit.money import (
    Amount,
    format_minor,
    parse_number,
    rescale,
    round_minor,
    scale_of,
    to_decimal,
    to_minor,
)
from acctkit.period import (
    ALWAYS,
    Period,
    add_months,
    day_after,
    due_date,
    financial_year,
    month_end,
    month_of,
    parse_day,
    parse_period,
    parse_year_end,
    return_periods,
)
from strategies import numbers

minors = st.integers(-(10**40), 10**40) | st.integers(-2000, 2000)
scales = st.integers(0, 12)
all_days = st.dates() | st.dates(date(2023, 12, 1), date(2025, 3, 31))
TODAY = date(2026, 4, 9)


def day(text):
    return date.fromisoformat(text)


# Money.


@given(minors, scales)
def test_what_is_formatted_is_read_back(minor, scale):
    text = format_minor(minor, scale)
    number = parse_number(text)
    assert to_minor(number, scale) == minor
    assert scale_of(number) == scale
    assert to_decimal(minor, scale) == number
    assert str(to_decimal(minor, scale).copy_abs()) == text.removeprefix("-") or scale > 6  # else 0E-7
    assert parse_number(format_minor(minor, scale, grouped=True)) == number
    assert str(Amount(minor, scale, "GBP")) == f"{text} GBP"


@given(minors, scales, scales)
def test_an_amount_is_shown_exactly_with_the_places_asked_for(minor, scale, shown):
    text = format_minor(minor, scale, shown)
    assert parse_number(text) == to_decimal(minor, scale)
    places = len(text.partition(".")[2])
    assert places >= shown
    assert places == shown or not text.endswith("0")


@pytest.mark.parametrize(
    ("minor", "scale", "shown", "text"),
    [
        (0, 0, None, "0"),
        (0, 2, None, "0.00"),
        (-5, 2, None, "-0.05"),
        (120000, 2, None, "1200.00"),
        (7, 0, 2, "7.00"),
        (1200, 3, 2, "1.20"),
        (1205, 3, 2, "1.205"),
        (1000, 3, 0, "1"),
        (1, 8, 2, "0.00000001"),
    ],
)
def test_amounts_as_text(minor, scale, shown, text):
    assert format_minor(minor, scale, shown) == text


def test_thousands_are_grouped():
    assert format_minor(-123456789, 2, grouped=True) == "-1,234,567.89"
    assert format_minor(99999, 2, grouped=True) == "999.99"
    assert format_minor(10**9, 0, 2, grouped=True) == "1,000,000,000.00"


@given(numbers(10**30, 20), scales)
def test_minor_units_are_exact_or_refused(number, scale):
    exact = number == number.quantize(Decimal(1).scaleb(-scale), context=localcontext_of(60))
    if exact:
        assert to_decimal(to_minor(number, scale), scale) == number
    else:
        with pytest.raises(ValueError, match="decimal places"):
            to_minor(number, scale)


def localcontext_of(digits):
    with localcontext() as context:
        context.prec = digits
        return context


@given(numbers(10**30, 20), scales)
def test_rounding_is_to_the_nearest_and_half_away_from_zero(number, scale):
    rounded = round_minor(number, scale)
    assert round_minor(-number, scale) == -rounded
    off = abs(Decimal(rounded).scaleb(-scale, localcontext_of(80)) - number) * 2
    unit = Decimal(1).scaleb(-scale)
    assert off <= unit
    if off == unit:
        assert abs(rounded) > abs(number.scaleb(scale, localcontext_of(80)))


@pytest.mark.parametrize(
    ("number", "minor"), [("0.005", 1), ("-0.005", -1), ("0.00499999999999999999999999999999999", 0), ("2.675", 268)]
)
def test_rounding(number, minor):
    assert round_minor(Decimal(number), 2) == minor


@given(minors, scales, scales)
def test_rescaling_is_exact_or_refused(minor, scale, new_scale):
    try:
        assert to_decimal(rescale(minor, scale, new_scale), new_scale) == to_decimal(minor, scale)
    except ValueError:
        assert minor % 10 ** (scale - new_scale) != 0


def test_rescaling_what_does_not_fit():
    assert rescale(-1200, 2, 0) == -12
    with pytest.raises(ValueError, match=r"-12\.05 has more than 1 decimal places"):
        rescale(-1205, 2, 1)


@given(st.text("0123456789,.+- \t", max_size=12) | st.text(max_size=8))
@example("9" * 5000)
@example("1" + ",000" * 2000 + "." + "0" * 5000)
@example("1_000")
@example("1E5")
@example("NaN")
@example("Infinity")
def test_a_number_is_read_or_is_none(text):
    number = parse_number(text)
    if number is not None:
        assert number.is_finite()
        assert number == Decimal(text.strip().replace(",", ""))


@pytest.mark.parametrize("text", ["", ".", "-", "1,00", "1,0000", ",100", "1.2.3", "--1", "£5", "1 000", "5-", "0x1"])
def test_what_is_no_number(text):
    assert parse_number(text) is None


@pytest.mark.parametrize(("text", "number"), [(" 1,200.00 ", "1200.00"), ("-5", "-5"), ("+1.", "1"), ("1234", "1234")])
def test_numbers_as_typed(text, number):
    assert str(parse_number(text)) == number


# Months.


@given(all_days, st.integers(-30000, 30000))
def test_months_are_added(start, months):
    found = add_months(start, months)
    index = start.year * 12 + start.month - 1 + months
    if not 12 <= index < 120000:
        assert found == (date.min if index < 12 else date.max)
        return
    assert (found.year * 12 + found.month - 1) == index
    assert found.day == min(start.day, month_end(found).day)


@given(all_days)
def test_a_month_holds_its_days(start):
    month = month_of(start)
    assert start in month
    assert month.begin.day == 1
    assert month.last == month_end(start) or month.end is None
    assert month_end(start).day == calendar.monthrange(start.year, start.month)[1]
    assert day_after(month_end(start)) == month.end
    assert month_of(start, 12).begin == month.begin


def test_leap_years():
    assert month_end(day("2024-02-10")) == day("2024-02-29")
    assert month_end(day("1900-02-10")) == day("1900-02-28")
    assert add_months(day("2024-02-29"), 12) == day("2025-02-28")
    assert add_months(day("2024-01-31"), 1) == day("2024-02-29")
    assert add_months(day("2024-03-31"), -1) == day("2024-02-29")


def test_a_period_holds_days_and_nothing_else():
    period = Period(day("2026-04-01"), day("2026-05-01"))
    assert day("2026-04-01") in period
    assert day("2026-04-30") in period
    assert day("2026-05-01") not in period
    assert "2026-04-15" not in period
    assert period.last == day("2026-04-30")
    assert ALWAYS.last is None
    assert date.max in ALWAYS
    assert date.min in ALWAYS


# Periods as typed.


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-Q1", "2026-01-01", "2026-04-01"),
        ("2026q4", "2026-10-01", "2027-01-01"),
        (" 2026-04 ", "2026-04-01", "2026-05-01"),
        ("2026-4", "2026-04-01", "2026-05-01"),
        ("2024-02-29", "2024-02-29", "2024-03-01"),
        ("2026-01..2026-03", "2026-01-01", "2026-04-01"),
        ("2025-12-15 .. 2026-Q1", "2025-12-15", "2026-04-01"),
        ("2026-02..", "2026-02-01", None),
        ("..2026", None, "2027-01-01"),
        ("..", None, None),
        ("today", "2026-04-09", "2026-04-10"),
        ("Yesterday", "2026-04-08", "2026-04-09"),
        ("this month", "2026-04-01", "2026-05-01"),
        ("last month", "2026-03-01", "2026-04-01"),
        ("next month", "2026-05-01", "2026-06-01"),
        ("this quarter", "2026-04-01", "2026-07-01"),
        ("last quarter", "2026-01-01", "2026-04-01"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("NEXT YEAR", "2027-01-01", "2028-01-01"),
        ("last month..today", "2026-03-01", "2026-04-10"),
        ("9999", "9999-01-01", None),
        ("9999-12-31", "9999-12-31", None),
    ],
)
def test_periods_as_typed(text, begin, end):
    assert parse_period(text, TODAY) == Period(begin and day(begin), end and day(end))


NO_PERIODS = ["", " ", "26", "2026-13", "2026-00", "2026-Q5", "2026-02-30", "0000", "0000-01", "2026-04-1", "20260401"]
NO_PERIODS += [
    "last week",
    "month",
    "2026..x",
    "x..2026",
    "2026...2027",
    "1..2..3",
    "2026..2027..2028",
    "2026-04-14T00",
]
NO_PERIODS += ["99999", "-2026", "2026-", "....", "2026/04", "2026-04-14\n2", "\0"]


@pytest.mark.parametrize("text", NO_PERIODS)
def test_what_is_no_period(text):
    assert parse_period(text, TODAY) is None


@given(
    st.text(max_size=12) | st.text("0123456789-Qq./ ", max_size=24) | st.from_regex("(this|last|next) (month|year)"),
    all_days | st.sampled_from([date.min, date.max]),
)
@example("." * 5000, TODAY)
@example("9" * 5000, TODAY)
@example("today", date.max)
@example("yesterday", date.min)
@example("next year", date.max)
@example("last quarter", date.min)
@example("９９９９", TODAY)
def test_any_text_is_a_period_or_none(text, today):
    found = parse_period(text, today)
    if found is not None and ".." not in text:
        assert found.begin is not None
        assert found.end is None or found.begin < found.end


@given(all_days)
def test_a_day_is_read_back(start):
    assert parse_day(start.isoformat()) == start
    assert parse_period(start.isoformat(), TODAY) == Period(start, day_after(start))
    assert start in parse_period(start.isoformat()[:7], TODAY)
    assert start in parse_period(start.isoformat()[:4], TODAY)
    assert start in parse_period(f"{start.year:04}-Q{(start.month + 2) // 3}", TODAY)


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-4-1", "20260401", "2026-W01-1", "", "２０２６-04-01", "2026-04-01 "]
)
def test_what_is_no_day(text):
    assert parse_day(text) is None


# Years.

YEAR_ENDS = [(month, last) for month in range(1, 13) for last in range(1, calendar.monthrange(2024, month)[1] + 1)]


def test_year_ends():
    assert [parse_year_end(f"{month:02}-{last:02}") for month, last in YEAR_ENDS] == YEAR_ENDS
    for text in ("", "3-31", "03/31", "13-01", "00-10", "02-30", "04-31", "03-00", "2026-03-31", "03-31\n", "xx-yy"):
        assert parse_year_end(text) is None


@given(all_days | st.dates(date(2023, 1, 1), date(2025, 12, 31)), st.sampled_from(YEAR_ENDS))
@example(date.min, (12, 31))
@example(date.max, (12, 30))
@example(date.max, (12, 31))
@example(day("2024-02-29"), (2, 28))
@example(day("2024-02-29"), (2, 29))
@example(day("2025-02-28"), (2, 29))
def test_a_day_lies_in_one_financial_year(start, year_end):
    year = financial_year(start, year_end)
    assert start in year
    assert year.begin is not None
    if year.end is None or year.begin == date.min:
        return
    assert (year.end - year.begin).days in (364, 365, 366, 367)
    month, last = year_end
    assert year.last.month == month
    assert year.last.day == last or (month == 2 and year.last == month_end(year.last))
    assert financial_year(year.begin, year_end) == financial_year(year.last, year_end) == year
    assert financial_year(year.end, year_end).begin == year.end
    assert financial_year(year.begin - timedelta(1), year_end).end == year.begin


def test_every_day_of_a_leap_cycle_lies_in_one_financial_year():
    for year_end in ((12, 31), (3, 31), (4, 5), (2, 27), (2, 28), (2, 29), (1, 1), (9, 30)):
        start, years = date(2023, 1, 1), set()
        while start < date(2029, 1, 1):
            year = financial_year(start, year_end)
            assert start in year
            years.add(year)
            start += timedelta(1)
        ends = sorted(years)
        assert all(before.end == after.begin for before, after in pairwise(ends))


def test_a_year_to_the_end_of_february():
    for year_end in ((2, 28), (2, 29)):
        assert financial_year(day("2024-02-29"), year_end) == Period(day("2023-03-01"), day("2024-03-01"))
        assert financial_year(day("2024-03-01"), year_end) == Period(day("2024-03-01"), day("2025-03-01"))
    assert financial_year(day("2024-02-28"), (2, 27)) == Period(day("2024-02-28"), day("2025-02-28"))


# Due dates.


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ("", "2026-01-31"),
        ("on receipt", "2026-01-31"),
        ("Immediately", "2026-01-31"),
        ("0 days", "2026-01-31"),
        ("1 day", "2026-02-01"),
        ("30 days", "2026-03-02"),
        ("net 30", "2026-03-02"),
        ("  NET  30   Days ", "2026-03-02"),
        ("14", "2026-02-14"),
        ("end of month", "2026-01-31"),
        ("eom", "2026-01-31"),
        ("30 days end of month", "2026-03-31"),
        ("28 days eom", "2026-02-28"),
        ("30 eom", "2026-03-31"),
        ("net 30 days end of month", "2026-03-31"),
        ("30 days from end of month", "2026-03-02"),
        ("3650 days", "2036-01-29"),
        ("30 working days", None),
        ("-30 days", None),
        ("30.5 days", None),
        ("99999 days", None),
        ("net", None),
        ("month", None),
        ("end of month 30 days", None),
        ("2/10 net 30", None),
    ],
)
def test_due_dates(terms, due):
    assert due_date(day("2026-01-31"), terms) == (due and day(due))


def test_from_the_end_of_the_month_is_counted_from_there():
    assert due_date(day("2026-01-10"), "30 days end of month") == day("2026-02-28")
    assert due_date(day("2026-01-10"), "30 days from end of month") == day("2026-03-02")


@given(all_days, st.integers(0, 9999))
def test_a_document_is_never_due_before_it_is_issued(issued, count):
    plain = due_date(issued, f"{count} days")
    assert plain == date.max or plain - issued == timedelta(count)
    assert due_date(issued, f"{count} days end of month") == month_end(plain)
    assert due_date(issued, f"{count} days from end of month") >= max(plain, month_end(issued))


@given(all_days, st.text(max_size=12) | st.text("0123456789 daysnetofmhr", max_size=24))
@example(date.max, "9999 days")
@example(date.max, "end of month")
@example(date.min, "９ days")
def test_any_terms_give_a_day_or_none(issued, terms):
    due = due_date(issued, terms)
    assert due is None or due >= issued


# VAT periods.

RULES = ["months", *(f"quarters to {n:02}" for n in (1, 2, 3)), *(f"year to {n:02}" for n in range(1, 13))]


@given(st.sampled_from(RULES), all_days)
@example("months", date.max)
@example("year to 11", date.max)
@example("quarters to 01", date.min)
@example("year to 11", date.min)
def test_every_day_lies_in_one_vat_period(rule, start):
    period = return_periods(rule, start)
    assert start in period
    assert period.begin.day == 1
    if period.begin == date.min or period.end is None:
        return
    months = 1 if rule == "months" else 3 if rule.startswith("quarters") else 12
    assert period.end == add_months(period.begin, months)
    if rule != "months":
        assert (period.last.month - int(rule[-2:])) % months == 0
    assert return_periods(rule, period.last) == period
    assert return_periods(rule, period.end).begin == period.end


@pytest.mark.parametrize(
    ("rule", "begin", "end"),
    [
        ("months", "2026-04-01", "2026-05-01"),
        ("quarters to 01", "2026-02-01", "2026-05-01"),
        ("quarters to 02", "2026-03-01", "2026-06-01"),
        ("quarters to 03", "2026-04-01", "2026-07-01"),
        ("year to 03", "2026-04-01", "2027-04-01"),
        ("year to 04", "2025-05-01", "2026-05-01"),
        ("year to 12", "2026-01-01", "2027-01-01"),
    ],
)
def test_vat_periods(rule, begin, end):
    assert return_periods(rule, TODAY) == Period(day(begin), day(end))


@pytest.mark.parametrize(
    "rule", ["", "month", "quarters", "quarters to 04", "quarters to 00", "quarters to 3", "year to 13", "year to 00"]
)
def test_what_is_no_vat_period(rule):
    assert return_periods(rule, TODAY) is None
