"""Matching: what is taken, what is only suggested, and that neither depends on the order of the input."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acctkit.matching import Result, Row, match
from acctkit.matching.lags import Days
from acctkit.matching.likeness import likeness, name_words, reference_key, references

DAY = date(2026, 4, 14)  # a Tuesday


def row(name, amount, days=0, text="", refs=(), party=""):
    return Row(name, DAY + timedelta(days), amount, text, tuple(refs), party)


def taken(result: Result):
    return {(group.left[0], group.right[0]): group.method for group in result.matched}


def suggested(result: Result):
    return {(group.left[0], group.right[0]): group.why for group in result.suggested}


# References.


@pytest.mark.parametrize(
    "text",
    ["FPI ACME LTD INV42", "INV 0042", "inv-0042", "Invoice no. 42", "ACMELTDINV0042", "INV 41, 42", "INV 41 & INV 42"],
)
def test_a_reference_is_found_however_it_is_written(text):
    assert "INV42" in references((), text, frozenset({"INV"})).found


@pytest.mark.parametrize("text", ["INV 142", "INV 420", "INV 2026-04-28", "42", "REINVENT 42"])
def test_and_not_where_it_is_another(text):
    assert "INV42" not in references((), text, frozenset({"BILL"})).found


def test_keys():
    assert reference_key("INV-0042") == "INV42"
    assert reference_key("SI/99812") == "SI99812"
    assert reference_key("CHQ 000123") == reference_key("000123") == "#123"
    assert reference_key("NOT PROVIDED") == reference_key("0000") == ""


def test_a_shared_reference_is_taken_far_outside_the_window():
    result = match([row("l", 120000, 40, "FPI ACME INV42")], [row("r", 120000, 0, refs=["RCT-0012", "INV-0042"])])
    (group,) = result.matched
    assert (group.method, group.tier, group.amount) == ("reference", 1, 120000)
    assert group.reasons == ("same amount", "reference INV42", "40 days apart")
    assert result.suggested == ()


def test_a_reference_needs_the_same_signed_amount():
    result = match([row("l", -5000, text="INV42")], [row("r", 5000, refs=["INV-0042"])])
    assert result == Result((), ())
    result = match([row("l", 4900, text="INV42")], [row("r", 5000, refs=["INV-0042"])])
    assert suggested(result) == {("l", "r"): "the amounts differ"}
    assert result.suggested[0].amount == 4900


def test_a_reference_on_two_rows_decides_nothing():
    rows = [row("r1", 5000, refs=["INV-0042"]), row("r2", 5000, 1, refs=["INV-0042"])]
    result = match([row("l", 5000, text="INV42")], rows)
    assert result.matched == ()
    assert set(suggested(result)) == {("l", "r1"), ("l", "r2")}


def test_a_reference_tells_twins_apart():
    left = [row("l1", 5000, text="INV 43"), row("l2", 5000, text="INV 42")]
    right = [row("r1", 5000, refs=["INV-0042"]), row("r2", 5000, refs=["INV-0043"])]
    assert taken(match(left, right)) == {("l1", "r2"): "reference", ("l2", "r1"): "reference"}


def test_numbers_of_one_series_that_differ_forbid_a_match():
    result = match([row("l", 5000, text="ACME INV 43")], [row("r", 5000, refs=["INV-0042"], party="Acme Ltd")])
    assert suggested(result) == {("l", "r"): "the numbers differ: INV43 and INV42"}
    result = match([row("l", -5000, text="CHQ 000124")], [row("r", -5000, refs=["CHQ 123"])])
    assert suggested(result) == {("l", "r"): "the numbers differ: no. 124 and no. 123"}


def test_cheque_numbers_match():
    result = match([row("l", -5000, 60, "CHEQUE 000123")], [row("r", -5000, refs=["CHQ 123"])])
    assert taken(result) == {("l", "r"): "reference"}


def test_a_number_that_stands_on_another_row_is_a_doubt():
    right = [row("r1", 5000), row("r2", 7000, refs=["INV-0042"])]
    result = match([row("l", 5000, text="INV 42")], right)
    assert result.matched == ()
    assert suggested(result)["l", "r1"] == "INV42 stands on another row"
    assert suggested(result)["l", "r2"] == "the amounts differ"


# Amounts.


def test_the_only_one_of_its_amount_is_taken():
    assert taken(match([row("l", -4550, 3)], [row("r", -4550)])) == {("l", "r"): "amount"}


@pytest.mark.parametrize(
    ("line", "entry", "is_near"),
    [
        (date(2026, 4, 24), date(2026, 4, 14), True),  # ten days before
        (date(2026, 4, 24), date(2026, 4, 13), False),
        (date(2026, 4, 14), date(2026, 4, 3), False),  # eleven: 4 April is a Saturday, so Friday the 3rd counts
        (date(2026, 4, 8), date(2026, 4, 13), True),  # five days after
        (date(2026, 4, 8), date(2026, 4, 14), False),
        (date(2026, 4, 13), date(2026, 4, 20), True),  # the fifth day is a Saturday
    ],
)
def test_the_window(line, entry, is_near):
    result = match([Row("l", line, 4551)], [Row("r", entry, 4551)])
    if line == date(2026, 4, 14):
        is_near = True
    assert bool(result.matched) == is_near
    assert is_near or suggested(result) == {("l", "r"): "the dates are too far apart"}


def test_signs_are_never_dropped():
    assert match([row("l", 5000)], [row("r", -5000)]) == Result((), ())


def test_ties_are_suggested_best_first_and_never_taken():
    result = match([row("l", 5000)], [row("r1", 5000, -6), row("r2", 5000, -1), row("r3", 5000, -4)])
    assert result.matched == ()
    assert [group.right for group in result.suggested] == [("r2",), ("r3",), ("r1",)]
    assert all("nothing tells them apart" in group.why for group in result.suggested)
    result = match([row("l1", 5000), row("l2", 5000)], [row("r1", 5000, -1)])
    assert (result.matched, len(result.suggested)) == ((), 2)


def test_equal_numbers_of_equal_rows_are_still_a_tie():
    result = match([row("l1", 5000), row("l2", 5000, 1)], [row("r1", 5000, -1), row("r2", 5000)])
    assert (result.matched, len(result.suggested)) == ((), 4)


def test_a_twin_just_outside_the_window_is_a_doubt():
    line = row("l", 5000, 10)
    assert taken(match([line], [row("r1", 5000, 0)])) == {("l", "r1"): "amount"}
    result = match([line], [row("r1", 5000, 0), row("r2", 5000, -1)])
    assert result.matched == ()
    assert suggested(result)["l", "r1"] == "another row of this amount is as near in time"


def test_a_month_between_is_no_twin():
    left = [row("l1", 85000, 1), row("l2", 85000, 31)]
    right = [row("r1", 85000, 0), row("r2", 85000, 30), row("r3", 85000, 61)]
    assert taken(match(left, right)) == {("l1", "r1"): "amount", ("l2", "r2"): "amount"}


def test_a_week_apart_dates_decide_if_all_are_there():
    left = [row(f"l{week}", 5000, 7 * week + 1) for week in range(4)]
    right = [row(f"r{week}", 5000, 7 * week) for week in range(4)]
    assert set(taken(match(left, right)).values()) == {"date"}
    assert taken(match(left, right)).keys() == {(f"l{week}", f"r{week}") for week in range(4)}
    assert match(left[1:], right).matched == ()


# Names.


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("FPI ACME LTD INV42", "Acme Ltd", "similar"),
        ("BACS ACMEDESIGN", "Acme Design Ltd", "similar"),
        ("FPI HALLAM AND PRIC", "Hallam & Price LLP", "similar"),  # cut off by the bank
        ("DD HMRC VAT", "HM Revenue & Customs", "similar"),
        ("JACKSON ELLA W", "Ella Jackson", "similar"),
        ("SOCIETE GENERALE", "Société Générale", "similar"),
        ("STAPELS UK", "Staples UK Ltd", "similar"),
        ("ZENITH PLUMBING", "Acme Design Ltd", "other"),
        ("ACME PLUMBING", "Acme Design Logistics", "neutral"),
        ("CARD PAYMENT 1234", "Acme Ltd", "unnamed"),
        ("ACME", "", "unnamed"),
        ("PALACE HOTEL", "Ace Ltd", "other"),
    ],
)
def test_likeness(text, name, expected):
    assert likeness(name_words(text), name_words(name)) == expected


def test_names_tell_equal_amounts_apart():
    left = [row("l1", 5000, text="FPI BETA FOODS"), row("l2", 5000, text="BGC ACME DES")]
    right = [row("r1", 5000, -1, party="Acme Design Ltd"), row("r2", 5000, -1, party="Beta Foods Ltd")]
    assert taken(match(left, right)) == {("l1", "r2"): "name", ("l2", "r1"): "name"}


def test_what_is_left_after_a_name_is_the_only_one():
    left = [row("l1", 5000, text="FPI BETA FOODS"), row("l2", 5000, text="BGC 100")]
    right = [row("r1", 5000, -1, party="Acme Design Ltd"), row("r2", 5000, -1, party="Beta Foods Ltd")]
    assert taken(match(left, right)) == {("l1", "r2"): "name", ("l2", "r1"): "amount"}


def test_a_nameless_rival_could_be_the_one_where_a_row_is_missing():
    left = [row("l1", 5000, text="FPI BETA FOODS"), row("l2", 5000, text="BGC 100")]
    result = match(left, [row("r", 5000, -1, party="Beta Foods Ltd")])
    assert result.matched == ()
    assert result.suggested[0].left == ("l1",)


def test_two_alike_names_decide_nothing():
    names = ["Adithya Medical & General Stores", "Adithya Medical And General Stores"]
    right = [row(f"r{at}", 5000, -1, party=name) for at, name in enumerate(names)]
    assert match([row("l", 5000, text="ADITHYA MEDICAL AND GENERAL STORES")], right).matched == ()


def test_another_name_outweighs_a_round_amount_and_not_a_telling_one():
    def both(amount):
        right = [row("r1", amount, -1, party="Acme Ltd"), row("r2", 777, -60, party="Zenith Plumbing")]
        return match([row("l", amount, text="FPI ZENITH PLUMBING")], right)

    assert suggested(both(5000))["l", "r1"] == "the names differ"
    assert taken(both(5017)) == {("l", "r1"): "amount"}
    amazon = match([row("l", -5000, text="AMAZON UK MARKETPLACE")], [row("r", -5000, party="Shell")])
    assert suggested(amazon) == {("l", "r"): "the names differ"}
    result = match([row("l", 5000, party="Zenith")], [row("r", 5000, party="Acme Ltd")])
    assert suggested(result) == {("l", "r"): "the names differ"}


# What always holds.

PARTIES = ["", "Acme Ltd", "Beta Foods", "Acme Foods", "Zenith"]
TEXTS = ["", "INV 1", "INV2", "CHQ 3", "ACME", "BETA FOODS INV1", "FPI 12345"]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 25),
        st.sampled_from([-5000, 5000, 5001, 7000]),
        st.sampled_from(TEXTS),
        st.lists(st.sampled_from(["INV-0001", "INV-0002", "CHQ 3", "12345"]), max_size=2),
        st.sampled_from(PARTIES),
    ),
    max_size=9,
)


def build(side, drawn):
    return [row(f"{side}{at}", *values[1::-1], *values[2:]) for at, values in enumerate(drawn)]


@given(ROWS, ROWS, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_the_answer_does_not_depend_on_order_and_is_sound(left, right, rng):
    left, right = build("l", left), build("r", right)
    result = match(left, right)
    shuffled = [rng.sample(rows, len(rows)) for rows in (left, right)]
    assert match(*shuffled) == result
    lefts = {each.id: each for each in left}
    rights = {each.id: each for each in right}
    used = [name for group in result.matched for name in (*group.left, *group.right)]
    assert len(used) == len(set(used))
    for group in result.matched:
        (ours,), (theirs,) = group.left, group.right
        assert group.amount == lefts[ours].amount == rights[theirs].amount
        assert group.reasons
        assert not group.why
    for group in result.suggested:
        assert group.why
        assert not set(used) & {*group.left, *group.right}
        assert lefts[group.left[0]].amount * group.amount > 0
    assert [g.score for g in result.suggested] == sorted((g.score for g in result.suggested), reverse=True)


@given(ROWS, ROWS)
@settings(max_examples=200, deadline=None)
def test_a_second_row_like_the_one_taken_makes_it_a_question(left, right):
    """Nothing but a reference decides between two rows that are the same in every way."""
    left, right = build("l", left), build("r", right)
    for group in match(left, right).matched:
        (chosen,) = [each for each in right if each.id == group.right[0]]
        twin = Row("twin", chosen.date, chosen.amount, chosen.text, chosen.references, chosen.name)
        again = taken(match(left, [*right, twin]))
        assert (group.left[0], chosen.id) not in again
        assert (group.left[0], "twin") not in again


def test_many_equal_rows_are_not_compared_all_with_all():
    left = [Row(f"l{at}", DAY + timedelta(at % 300), 5000, "CASH") for at in range(8000)]
    right = [Row(f"r{at}", DAY + timedelta(at % 300), 5000) for at in range(8000)]
    result = match(left, right)
    assert result.matched == ()
    assert len(result.suggested) <= 8000 * 12


@pytest.mark.parametrize("seed", range(3))
def test_no_wrong_match_where_rows_are_missing(seed):
    rng = random.Random(seed)
    names = [f"{first} {last} Ltd" for first in ("Acme", "Beta", "Cobalt") for last in ("Design", "Foods", "Motors")]
    left, right = [], []
    for at in range(400):
        day, amount, name = rng.randrange(180), rng.randrange(10, 1000) * 100, rng.choice(names)
        text = f"FPI {name.upper()[:18]} " + rng.choice(["", f"INV{at}", f"INV {at:04d}"])
        if rng.random() > 0.15:
            left.append(row(str(at), amount, day + rng.randrange(6), text))
        if rng.random() > 0.15:
            right.append(row(str(at), amount, day, "Received", [f"INV-{at:04d}"], name))
    result = match(left, right)
    assert [group for group in result.matched if group.left != group.right] == []
    both = {each.id for each in left} & {each.id for each in right}
    assert len(result.matched) > 0.95 * len(both)


# What is learnt from the lists.


def alone(count, text, *, lag=1):
    """Pairs that are the only ones of their amount, of as many parties, a line so many days after its entry."""
    names = [f"{chr(65 + at % 26)}{'aeiou'[at % 5]}rn{'aeiou'[at // 5 % 5]}ham Mills" for at in range(count)]
    left = [row(f"l{at}", 10011 + 137 * at, at + lag, text.format(name.upper())) for at, name in enumerate(names)]
    return left, [row(f"r{at}", 10011 + 137 * at, at, party=name) for at, name in enumerate(names)]


def test_words_beside_many_names_are_the_banks_own():
    left, right = alone(12, "KREDITORENLAUF {}")
    left.append(row("l", 7713, 1, "KREDITORENLAUF"))
    right.append(row("r", 7713, party="Harbour Optics"))
    group = next(group for group in match(left, right).matched if group.left == ("l",))
    assert group.right == ("r",)
    assert match([left[-1]], [right[-1]]).matched[0].score < group.score


def test_a_party_is_read_out_of_the_text_where_an_entry_has_no_name():
    left, right = alone(20, "FPI {}")
    left += [row("l", 5000, 1, "FPI CUMBRIA FLORISTS"), row("other", 5000, 1, "FPI BOLTON WINES")]
    right += [row("r", 5000, text="Bolton Wines invoice"), row("rest", 5000, text="Cumbria Florists invoice")]
    found = taken(match(left, right))
    assert found["l", "rest"] == found["other", "r"] == "name"


def test_how_late_the_bank_is_tells_payments_of_one_party_apart():
    left, right = alone(120, "FPO {}", lag=0)
    line = row("w", 4000, 7, "SO RUTH FOX")
    booked = [row("before", 4000, 0, party="Ruth Fox"), row("same day", 4000, 7, party="Ruth Fox")]
    assert match([line], booked).matched == ()
    assert taken(match([*left, line], right + booked))["w", "same day"] == "name"


def test_a_weekday_without_lines_is_a_holiday():
    days = [day for day in range(738000, 738060) if (day - 1) % 7 < 5 and day != 738033]
    working = Days(sorted(days * 6))
    assert working.closed == [738033]
    assert working.distance(738033, 738034) == 0
    assert Days([]).distance(738032, 738034) == 2


@pytest.mark.parametrize(("shown", "is_hers"), [("R FOX", True), ("FOX R", True), ("B FOX", False), ("FOX", True)])
def test_an_initial_stands_for_a_name_and_another_does_not(shown, is_hers):
    assert (likeness(name_words(shown), name_words("Ruth Fox")) == "similar") == is_hers


def test_a_regular_payment_is_not_taken_for_the_one_that_is_missing():
    left, right = alone(120, "FPI {}", lag=1)
    weekly = [row(f"w{at}", 4000, 7 * at + 1, "SO RUTH FOX") for at in (1, 2, 3, 4, 5)]
    booked = [row(f"b{at}", 4000, 7 * at, party="Ruth Fox") for at in (1, 2, 4, 5)]
    result = match(left + weekly, right + booked)
    found = {pair for pair in taken(result) if pair[0].startswith("w")}
    assert found == {(f"w{at}", f"b{at}") for at in (1, 2, 4, 5)}


def test_a_payer_may_get_one_digit_of_a_number_wrong():
    left, right = alone(20, "FPI {}")
    paid = row("l", 123456, 1, "FPI CUMBRIA FLORISTS 10452")
    entry = row("r", 123456, refs=["10432"], party="Cumbria Florists")
    assert ("l", "r") in taken(match([*left, paid], [*right, entry]))
    other = row("other", 777, refs=["10452"], party="Bolton Wines")  # which that number may be meant for
    assert ("l", "r") not in taken(match([*left, paid], [*right, entry, other]))


def test_a_collector_pays_for_several_parties():
    left, right = alone(20, "FPI {}")
    names = ("Cumbria Florists", "Bolton Wines", "Dee Cycles")
    for at in range(3):
        left.append(row(f"c{at}", 200000 + 3333 * at, 7 * at + 1, "INKASSO PARTNER 77"))
        right += [row(f"{at}{name}", minor, 7 * at, party=name) for name, minor in zip(names, _parts(at), strict=True)]
    groups = {group.left: group.right for group in match(left, right).matched if len(group.right) == 3}
    assert len(groups) == 3


def _parts(at):
    first, second = 81117 + 7 * at, 40203 + 11 * at
    return first, second, 200000 + 3333 * at - first - second
