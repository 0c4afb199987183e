"""How well bank lines are matched with entries, beside three yardsticks, on made-up problems whose truth is known.

usage: bench_matching.py [--sizes 100,1000] [--levels easy,medium,hard,stress] [--seeds 2001-2010] [--large 100000]
                         [--hands first,other] [--by-kind] [--wrong 5]

A group counts as found only when it holds exactly the lines and entries that belong together. Automatic is what
would be recorded unasked. With first suggestions: for each line that is left, the first suggestion that names it.
Precision is printed with its counts, since 100 % of few says little. Amounts that differ (a fee, a rounding,
digits swapped) are never taken by themselves, so that automatic recall is given twice: of all groups, and of those
whose amounts agree; the targets are held against the latter for automatic recall, and all groups for F1.
The seeds 2001 and up were never looked at while the matcher was made. Problems come from two hands, which share
nothing but the form: what is only fitted to the habits of one shows on the other.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import matching_books
import matching_other_hand
import yardsticks
from acctkit.matching import match
from matching_books import LEVELS, RATES, Problem, problem

FRESH = range(2001, 2011)
HANDS = {"first": matching_books, "other": matching_other_hand}
Key = tuple[frozenset[str], frozenset[str]]


@dataclass
class Score:
    """Counts over some problems."""

    taken: int = 0
    right: int = 0
    equal_truth: int = 0
    truth: int = 0
    proposed: int = 0
    proposed_right: int = 0
    seconds: list[float] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    helped: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[Any, Problem]] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The share of what was taken that is right."""
        return self.right / self.taken if self.taken else 1.0

    @property
    def recall(self) -> float:
        """The share of all groups that was taken."""
        return self.right / self.truth if self.truth else 1.0

    @property
    def equal_recall(self) -> float:
        """The share of the groups of equal amounts that was taken."""
        return self.right / self.equal_truth if self.equal_truth else 1.0

    @property
    def f1(self) -> float:
        """Of what was taken or suggested first, over all groups."""
        both = self.proposed + self.truth
        return 2 * self.proposed_right / both if both else 1.0


def key_of(group: Any) -> Key:
    return frozenset(group.left), frozenset(group.right)


def count(score: Score, given: Problem, answer: Any, seconds: float) -> None:
    """Hold an answer against the truth."""
    truth = {(one.left, one.right): one for one in given.truth}
    taken = {key_of(group): group for group in answer.matched}
    proposed: dict[Key, Any] = dict(taken)
    seen = {line for left, _ in taken for line in left}
    for group in answer.suggested:
        if not seen & {*group.left}:
            proposed[key_of(group)] = group
            seen |= {*group.left}
    score.taken += len(taken)
    score.right += len(taken.keys() & truth.keys())
    score.truth += len(truth)
    score.equal_truth += sum(one.is_equal for one in truth.values())
    score.proposed += len(proposed)
    score.proposed_right += len(proposed.keys() & truth.keys())
    score.seconds.append(seconds)
    for key, one in truth.items():
        score.kinds[one.kind] += 1
        score.found[one.kind] += key in taken
        score.helped[one.kind] += key in proposed
    score.wrong += [(group, given) for key, group in taken.items() if key not in truth]


def timed(work: Callable[..., Any], given: Problem) -> tuple[Any, float]:
    begin = time.perf_counter()
    answer = work(given.left, given.right)
    return answer, time.perf_counter() - begin


WAYS: dict[str, Callable[..., Any]] = {
    "acct": match,
    "amount and date": yardsticks.amount_and_date,
    "ERPNext's rank": yardsticks.erpnext,
    "Odoo's rule": yardsticks.odoo,
}
HEAD = f"{'':18}{'automatic':>16}{'precision':>11}{'recall':>9}{'(equal)':>9}{'F1+first':>10}{'seconds':>9}"


def row(name: str, score: Score) -> str:
    mean = sum(score.seconds) / len(score.seconds)
    counts = f"{score.right}/{score.taken}"
    shares = f"{score.precision:>11.2%}{score.recall:>9.1%}{score.equal_recall:>9.1%}{score.f1:>10.1%}"
    return f"  {name:16}{counts:>16}{shares}{mean:>9.2f}"


def kinds(score: Score) -> None:
    print(f"    {'kind':14}{'groups':>8}{'automatic':>11}{'or first':>10}")
    for kind, number in sorted(score.kinds.items()):
        print(f"    {kind:14}{number:>8}{score.found[kind] / number:>11.1%}{score.helped[kind] / number:>10.1%}")


def wrong_ones(score: Score, most: int) -> None:
    for group, given in score.wrong[:most]:
        rows = {each.id: each for each in (*given.left, *given.right)}
        print(f"    wrong: {group.method}: {'; '.join(group.reasons)}")
        for name in (*group.left, *group.right):
            print(f"      {rows[name]}")
        for one in given.truth:
            if {*one.left} & {*group.left} or {*one.right} & {*group.right}:
                print(f"      true: {one.kind}")
                for name in sorted((*one.left, *one.right)):
                    print(f"        {rows[name]}")


TARGETS = {
    "hard": (0.999, 0.98, 0.99, 2.0),
    "stress": (0.998, 0.85, 0.97, 2.0),
}


def verdict(level: str, score: Score) -> None:
    """Whether the targets are met, with the counts; of no error in n, 3/n is the bound of the true share."""
    precision, recall, f1, seconds = TARGETS[level]
    slowest = max(score.seconds)
    wrong = score.taken - score.right
    lines = (
        (f"automatic precision {precision:.1%}", score.precision >= precision, f"{wrong} wrong of {score.taken}"),
        (
            f"automatic recall {recall:.0%}",
            score.equal_recall >= recall,
            f"{score.right} of {score.equal_truth} of equal amounts, {score.recall:.1%} of all {score.truth}",
        ),
        (f"F1 with first suggestions {f1:.0%}", score.f1 >= f1, f"{score.f1:.2%}"),
        (f"under {seconds:.0f} seconds", slowest < seconds, f"slowest {slowest:.2f} s"),
    )
    for what, is_met, figures in lines:
        print(f"    {'met    ' if is_met else 'NOT MET'} {level}, 1,000 lines: {what}: {figures}")


def large(size: int) -> None:
    """One problem of very many rows, with progress."""
    given = problem(9001, "hard", size)
    print(f"\n{len(given.left):,} lines against {len(given.right):,} entries, hard")
    gc.collect()
    score = Score()
    answer, seconds = timed(lambda left, right: match(left, right, progress=progress), given)
    sys.stderr.write("\r" + " " * 60 + "\r")
    count(score, given, answer, seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(HEAD)
    print(row("acct", score))
    print(f"    {'met    ' if seconds < 60 else 'NOT MET'} under 60 seconds: {seconds:.1f} s")
    print(f"    {'met    ' if peak < 2 else 'NOT MET'} under 2 GB, the problem with it: {peak:.2f} GB")


def progress(done: int, whole: int) -> None:
    sys.stderr.write(f"\r  matching {done:,} of {whole:,}")
    sys.stderr.flush()


def seeds_of(text: str) -> list[int]:
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def measure(hand: str, level: str, size: int, given: argparse.Namespace) -> None:
    """All ways on the problems of one hand, level and size."""
    seeds = seeds_of(given.seeds)
    problems = [HANDS[hand].problem(seed, level, size) for seed in seeds]
    what = sum((each.counts for each in problems), Counter())
    print(f"\n{level}, {size:,} lines, {hand} hand, {len(seeds)} seeds: ", end="")
    print(", ".join(f"{number:,} {kind}" for kind, number in sorted(what.items())))
    if hand == "first":
        print("  in percent: " + ", ".join(f"{name} {rates[level]}" for name, rates in RATES.items()))
    print(HEAD)
    for name, work in WAYS.items():
        if given.only not in ("", name):
            continue
        score = Score()
        for each in problems:
            count(score, each, *timed(work, each))
        print(row(name, score))
        if name == "acct" and given.by_kind:
            kinds(score)
        if name == "acct" and given.wrong:
            wrong_ones(score, given.wrong)
        if name == "acct" and size == 1000 and level in TARGETS:
            verdict(level, score)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,1000")
    parser.add_argument("--levels", default=",".join(LEVELS))
    parser.add_argument("--seeds", default=f"{FRESH[0]}-{FRESH[-1]}")
    parser.add_argument("--hands", default=",".join(HANDS))
    parser.add_argument("--large", type=int, default=100_000, help="0: none")
    parser.add_argument("--only", default="", help="one of the ways")
    parser.add_argument("--by-kind", action="store_true")
    parser.add_argument("--wrong", type=int, default=0, help="show so many wrong automatic ones")
    given = parser.parse_args()
    match([], [])  # so that no import is timed
    for hand in given.hands.split(","):
        for level in given.levels.split(","):
            for size in map(int, given.sizes.split(",")):
                measure(hand, level, size, given)
    if given.large:
        large(given.large)


if __name__ == "__main__":
    main()
