"""The comparison with beancount counts as listed only what docs/differences.md lists."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

from conformance_beancount import Answer, compare
from differences import listed


def lot(day, number="1"):
    return "Assets:L", number, "HOOL", ("20", "USD", day, ""), None


def answer(*entries, errors=()):
    found = [("2026-01-02", "*", list(legs)) for legs in entries]
    return Answer(list(errors), sorted(found, key=repr), [], [], [])


def explained(mine, theirs, data=b""):
    return listed(data, mine, theirs, compare, lambda _: (mine, theirs))


DAY = "2026-01-02"


@pytest.mark.parametrize(
    ("mine", "theirs", "wanted"),
    [
        ([[lot(DAY)]], [[lot("None")]], "3"),
        ([[lot(DAY)], [lot(DAY)]], [[lot(DAY)], [lot("None")]], "3"),
        ([[lot("2026-01-01"), lot(DAY)]], [[lot("None"), lot("2026-01-01")]], "3"),
        ([[lot("2026-01-01")], [lot(DAY)]], [[lot("None")], [lot("2026-01-01")]], "3"),
        ([[lot(DAY)]], [[lot("2026-01-01")]], ""),
        ([[lot(DAY, "2")]], [[lot("None")]], ""),
        ([[lot("None")]], [[lot(DAY)]], ""),
        ([[lot(DAY)]], [[lot("None")], [lot("None")]], ""),
    ],
)
def test_a_lot_without_a_day(mine, theirs, wanted):
    assert explained(answer(*mine), answer(*theirs)) == wanted


@pytest.mark.parametrize(("value", "wanted"), [("Infinity", "13"), ("inf", "13"), ("1e999", "13"), ("0.5", "")])
def test_a_tolerance_without_an_end(value, wanted):
    data = f'option "tolerance_multiplier" "{value}"\n2020-01-01 open Assets:A\n'.encode()
    same = answer()

    def ask(repaired):
        assert b"multiplier" not in repaired
        return same, same

    assert listed(data, answer(errors=["J111"]), same, compare, ask) == wanted


@pytest.mark.parametrize(("without", "wanted"), [(answer(), "2"), (answer([lot(DAY)]), "")])
def test_a_plugin_that_beancount_gives_up_on(without, wanted):
    data = b'plugin "beancount.plugins.currency_accounts" "Equity:C"\n2020-01-01 open Assets:A\n'
    theirs = answer(errors=["PluginCrash"])._replace(
        messages=['Error applying plugin "beancount.plugins.currency_accounts": Traceback']
    )

    def ask(repaired):
        assert b"plugin" not in repaired
        return without, answer()

    assert listed(data, answer([lot(DAY, "2")]), theirs, compare, ask) == wanted
