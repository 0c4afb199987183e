"""The parts of matching: assignment and its margins, sums, groups, differences, what is set apart."""

import random
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acctkit.matching import Row, match
from acctkit.matching.assign import Assignment
from acctkit.matching.differences import kind_of
from acctkit.matching.likeness import name_words, resemblance
from acctkit.matching.packing import packed
from acctkit.matching.sums import Pool, chance, largest

DAY = date(2026, 4, 14)  # a Tuesday


def row(name, amount, days=0, text="", refs=(), party=""):
    return Row(name, DAY + timedelta(days), amount, text, tuple(refs), party)


def taken(result):
    return {(group.left, group.right): group.method for group in result.matched}


# Assignment.


def best(worths, forbidden=None):
    """The worth of the best pairing, tried out."""
    lefts = sorted(worths)

    def go(at, used):
        if at == len(lefts):
            return 0
        found = go(at + 1, used)
        for right, worth in worths[lefts[at]].items():
            if right not in used and (lefts[at], right) != forbidden:
                found = max(found, worth + go(at + 1, used | {right}))
        return found

    return go(0, frozenset())


WORTHS = st.dictionaries(
    st.integers(0, 4), st.dictionaries(st.integers(0, 4), st.integers(1, 30), max_size=5), max_size=5
)


@given(WORTHS)
@settings(max_examples=300, deadline=None)
def test_the_best_pairing_and_its_margins(worths):
    solved = Assignment(worths)
    assert len(set(solved.partner.values())) == len(solved.partner)
    assert sum(worths[left][right] for left, right in solved.partner.items()) == best(worths)
    for left, right in solved.partner.items():
        assert solved.margin(left, 1000) == best(worths) - best(worths, (left, right))
        assert solved.margin(left, 7) == min(7, solved.margin(left, 1000))


# Sums.


@given(st.lists(st.integers(1, 40), max_size=9), st.integers(2, 120), st.integers(2, 6))
@settings(max_examples=200, deadline=None)
def test_every_sum_is_found_once(amounts, total, most):
    found = Pool(amounts).subsets(total, most=most, limit=10**6)
    true = {
        chosen
        for size in range(2, most + 1)
        for chosen in combinations(range(len(amounts)), size)
        if sum(amounts[at] for at in chosen) == total
    }
    assert sorted(found.sets) == sorted(true)


def test_a_search_that_is_cut_off_says_so():
    assert Pool([1] * 30).subsets(5, most=8).is_cut
    assert Pool(range(1, 200)).subsets(10**6, most=8).is_cut


def test_chance_makes_round_sums_more_often():
    pool = [12345, 6789, 45012, 8123, 33001]
    assert chance(pool, pool[:2]) > chance([10000, 5000, 20000, 8000, 33000], [10000, 5000])
    assert chance(pool, pool[:2]) > chance(pool * 5, pool[:2])
    assert largest(pool, 15) >= 3
    assert largest([100] * 60, 15) < 4
    assert largest([100], 15) == 0


def test_a_deposit_is_the_sum_of_the_days_receipts():
    right = [row("a", 12345, party="Acme"), row("b", 6712, party="Beta"), row("c", 45019, party="Cobalt")]
    right += [row("d", 8000, -3, party="Delta"), row("e", -12345, party="Acme")]
    result = match([row("l", 64076, 1, "CASH & CHQ DEPOSIT")], right)
    assert taken(result) == {(("l",), ("b", "a", "c")): "sum"}
    (group,) = result.matched
    assert group.reasons == ("the line is the sum of 3", "all of one day", "1 day apart")
    assert group.amount == 64076
    assert group.margin >= 40


def test_greedy_by_size_would_miss_it():
    right = [row("a", 30010, party="Acme"), row("b", 40020, party="Acme"), row("c", 20033, party="Acme")]
    result = match([row("l", 50043, 1, "ACME LTD")], right)
    assert taken(result) == {(("l",), ("c", "a")): "sum"}


def test_two_ways_to_make_a_sum_are_only_suggested():
    right = [
        row("a", 10000, party="A"),
        row("b", 20000, party="B"),
        row("c", 5000, party="C"),
        row("d", 25000, party="D"),
    ]
    result = match([row("l", 30000, 1, "DEPOSIT")], right)
    assert result.matched == ()
    assert {group.right for group in result.suggested} == {("a", "b"), ("c", "d")}
    assert all(group.why for group in result.suggested)


def test_an_entry_is_paid_in_parts():
    left = [
        row("l1", -40011, 1, "FPO BUILDERS LTD 1"),
        row("l2", -20022, 3, "FPO BUILDERS LTD 2"),
        row("x", -20022, 40),
    ]
    result = match(left, [row("r", -60033, party="Builders Ltd")])
    assert taken(result) == {(("l2", "l1"), ("r",)): "split"} or taken(result) == {(("l1", "l2"), ("r",)): "split"}


def test_several_lines_for_several_entries_of_one_party_are_suggested():
    left = [row("l1", -41717, 1, "FPO BUILDERS LTD"), row("l2", -20012, 2, "FPO BUILDERS LTD")]
    right = [row("r1", -31704, party="Builders Ltd"), row("r2", -30025, party="Builders Ltd")]
    (group, *_) = match(left, right).suggested
    assert (group.left, group.right, group.method) == (("l1", "l2"), ("r1", "r2"), "many")


# Differences.


@pytest.mark.parametrize(
    ("line", "entry", "kind"),
    [
        (12543, 12453, "swapped"),
        (12343, 12345, "rounding"),
        (-10350, -10000, "fee"),  # a payment cost 3.50
        (9850, 10000, "fee"),  # a receipt was cut
        (10150, 10000, "exchange"),
        (5000, 10000, ""),
        (-10000, 10000, ""),
        (10000, 10000, ""),
    ],
)
def test_a_difference_has_a_kind(line, entry, kind):
    assert kind_of(line, entry) == kind


def test_a_difference_is_explained_and_never_taken():
    result = match([row("l", 84321, 1, "FPI ACME LTD")], [row("r", 83421, party="Acme Ltd")])
    assert result.matched == ()
    (group,) = result.suggested
    assert (group.method, group.why) == ("swapped", "the amounts differ")
    assert "two digits are swapped in one amount" in group.reasons


# What cancels.


def cheques(*more):
    right = [
        row("old", -50000, refs=["CHQ 101201"], party="Acme"),
        row("void", 50000, text="Void", refs=["CHQ 101201"], party="Acme"),
    ]
    return [*right, row("new", -50000, refs=["CHQ 101202"], party="Acme"), *more]


def test_a_voided_cheque_is_set_apart_and_its_successor_taken():
    result = match([row("l", -50000, 3, "CHQ 101202")], cheques())
    assert result.apart == (("old", "void"),)
    assert taken(result) == {(("l",), ("new",)): "reference"}
    nameless = match([row("l", -50000, 3, "WITHDRAWAL")], cheques())
    assert [group.right for group in (*nameless.matched, *nameless.suggested)] == [("new",)]


def test_what_the_bank_shows_is_not_set_apart():
    assert match([row("l", -50000, 3, "CHQ 101201")], cheques()).apart == ()
    both = [row("l1", -50000, 1, "FPO ACME"), row("l2", 50000, 2, "RETURNED ACME")]
    wrong = [row("r1", -50000, refs=["PAY-77001"], party="Acme"), row("r2", 50000, 1, refs=["PAY-77001"], party="Acme")]
    assert match(both, wrong).apart == ()


# Names, as banks write them.


@pytest.mark.parametrize(
    ("text", "name", "least"),
    [
        ("BGC ELMSTEAD ROOFING", "Elmstead Roofing Ltd", 100),
        ("ELMSTEAD ROOF", "Elmstead Roofing Ltd", 90),
        ("ELMSTD RFNG", "Elmstead Roofing Ltd", 60),
        ("ELMSTEDA ROOFING", "Elmstead Roofing Ltd", 90),
        ("SQ *ELMSTEADROOFING YORK", "Elmstead Roofing Ltd", 90),
        ("MUELLER", "Müller GmbH", 60),
        ("ELMSTEAD DENTAL", "Oakhurst Roofing", 0),
    ],
)
def test_resemblance(text, name, least):
    found = resemblance(name_words(text), name_words(name))
    assert found >= least
    assert bool(found) == bool(least)


@pytest.mark.parametrize("seed", range(2))
def test_groups_do_not_depend_on_order(seed):
    rng = random.Random(seed)
    right = [
        row(f"r{at}", rng.randrange(100, 90000), rng.randrange(12), party=rng.choice("ABCD") * 5) for at in range(60)
    ]
    left = []
    for at in range(12):
        some = rng.sample(right, rng.choice((1, 2, 3)))
        left.append(row(f"l{at}", sum(each.amount for each in some), 13, rng.choice(["DEPOSIT", "BGC AAAAA", ""])))
    result = match(left, right)
    assert match(rng.sample(left, len(left)), rng.sample(right, len(right))) == result
    used = [name for group in result.matched for name in (*group.left, *group.right)]
    assert len(used) == len(set(used))


# The best of groups that exclude each other.


@given(st.lists(st.tuples(st.frozensets(st.integers(0, 6), min_size=1, max_size=3), st.integers(1, 9)), max_size=8))
def test_those_kept_are_worth_most_together(drawn):
    groups = [{(0, key) for key in keys} for keys, _ in drawn]
    worths = [worth for _, worth in drawn]
    kept = packed(groups, worths)
    best = 0
    for chosen in range(1 << len(groups)):
        some = [at for at in range(len(groups)) if chosen >> at & 1]
        if len(set().union(*(groups[at] for at in some))) == sum(len(groups[at]) for at in some):
            best = max(best, sum(worths[at] for at in some))
    assert sum(worths[at] for at in kept) == best
    assert len(set().union(*(groups[at] for at in kept))) == sum(len(groups[at]) for at in kept)
