"""Compare acct with beancount on ledgers from everywhere: errors and their kinds, booked postings, balances, prices.

usage: conformance_beancount.py ORACLE_PYTHON CORPORA [--examples N] [--seed N] [--only KIND] [--keep FOLDER] [--show N]

The ledgers: (tests) those in the docstrings of beancount's own tests, (corpora) third-party files, (example)
what bean-example writes, (made) what tests/strategies.py makes, (mutated) damaged copies of all these. Beancount
runs as a process of its own, from an environment of its own. What docs/differences.md lists is counted apart.
"""

import argparse
import ast
import json
import random
import re
import subprocess
import sys
import tempfile
import textwrap
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from acctkit.books.files import read_journal
from acctkit.journal.entries import Balance, Close, Cost, Open
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.tolerance import per_unit
from acctkit.money import EXACT
from acctkit.problem import ERROR, Refusal
from differences import TEXT, listed
from mutants import mutate

SEEDS_OF_EXAMPLES = range(20)
LARGEST_TO_MUTATE = 6000
_LEDGER = re.compile(r"^\s*(?:\d{4}-\d\d-\d\d\s+\S|(?:option|plugin|include|pushtag|pushmeta) )", re.MULTILINE)
_CHECKS = {
    "L216": "CheckCommodityError",
    "L217": "CompareError",
    "L218": "LeafOnlyError",
    "L219": "UniquePricesError",
    "L220": "OneCommodityError",
    "L221": "SellGainsError",
    "L222": "CoherentCostError",
    "L223": "UnusedAccountError",
}
# The kind of a problem, by acct's code and by beancount's class.
_BY_CODE = {
    **dict.fromkeys(("L201", "L205", "L206", "L207", "L208", "L211", "L212", "L215"), "validation"),
    **dict.fromkeys(("L202", "L203", "L204", "L213"), "booking"),
    "L209": "balance",
    "L210": "pad",
    "L214": "text",
    **_CHECKS,
}
_BY_CLASS = {
    **dict.fromkeys(
        ("LexerError", "ParserError", "ParserSyntaxError", "LoadError", "DeprecatedError", "PluginCrash"), "text"
    ),
    "ConfigError": "text",
    "ValidationError": "validation",
    "ValidationConversionError": "validation",
    "DocumentError": "validation",
    "BalanceError": "balance",
    "PadError": "pad",
    **dict.fromkeys(
        ("InterpolationError", "CategorizationError", "ReductionError", "AmbiguousMatchError", "SelfReduxError"),
        "booking",
    ),
    **{name: name for name in _CHECKS.values()},
}


class Case(NamedTuple):
    """A ledger to compare: where it comes from, its name, its bytes; `path` where it stands in a file already."""

    kind: str
    name: str
    data: bytes
    path: Path | None = None


class Answer(NamedTuple):
    """What a program makes of a ledger, in a form that can be compared."""

    errors: list[str]
    transactions: list[object]
    prices: list[object]
    others: list[object]
    messages: object
    lines: tuple[int, ...] = ()  # where the errors of form stand

    @property
    def balances(self) -> dict[object, Decimal]:
        """What each account holds of each lot."""
        held: dict[object, Decimal] = {}
        for _, _, postings in self.transactions:
            for account, number, commodity, cost, _ in postings:
                key = account, commodity, cost
                held[key] = EXACT.add(held.get(key, Decimal(0)), Decimal(number))
        return {key: number for key, number in held.items() if number}


class Oracle:
    """Beancount in a process of its own, asked one ledger at a time."""

    def __init__(self, python: str) -> None:
        self.python = python
        self.start()

    def start(self) -> None:
        """Begin a new process."""
        script = Path(__file__).with_name("oracle.py")
        self.process = subprocess.Popen(
            [self.python, str(script)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self.folder = Path(json.loads(self.process.stdout.readline())["beancount"])

    def ask(self, path: Path) -> None:
        """Put a ledger before it; the answer is read later."""
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()

    def answer(self) -> Answer:
        """The answer to what was asked last; its own crash is one too."""
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.start()
            return Answer(["crash"], [], [], [], "the process died")
        found = json.loads(line)
        if "crash" in found:
            return Answer(["crash"], [], [], [], found["crash"])
        transactions = [
            (
                day,
                flag,
                _sorted(
                    (account, _plain(number), commodity, _lot(cost), (_plain(price[0]), price[1]) if price else None)
                    for account, number, commodity, cost, price in postings
                ),
            )
            for day, flag, postings in found["transactions"]
            if postings
        ]
        prices = [(day, commodity, _plain(number), quote) for day, commodity, number, quote in found["prices"]]
        others = sorted(tuple(other) for other in found["others"])
        lines = tuple(found["lines"])
        return Answer(found["errors"], _sorted(transactions), sorted(prices), others, found["messages"], lines)


def _sorted(things: Iterable[object]) -> list[object]:
    return sorted(things, key=repr)


def _plain(number: str | Decimal) -> str:
    number = Decimal(number)
    return format(EXACT.normalize(number), "f") if number else "0"


def _lot(cost: list[object] | None) -> tuple[object, ...] | None:
    return (_plain(cost[0]), cost[1], cost[2], cost[3] or "") if cost else None


def _ours_posting(posting: object) -> tuple[object, ...]:
    cost, price = posting.cost, posting.price
    lot = None
    if isinstance(cost, Cost):
        lot = _lot([cost.number, cost.commodity, str(cost.date), cost.label])
    rate = None
    if price is not None:
        rate = _plain(per_unit(price.number, posting.number, is_total=price.is_total)), price.commodity
    return posting.account, _plain(posting.number), posting.commodity, lot, rate


def ours(path: Path) -> Answer:
    """What acct makes of a ledger."""
    try:
        ledger = Ledger(read_journal(path), Entity())
    except Refusal as reason:
        return Answer([problem.code for problem in reason.problems], [], [], [], str(reason))
    transactions = [
        (str(entry.date), entry.flag, _sorted(map(_ours_posting, entry.postings)))
        for entry in ledger.transactions
        if entry.postings
    ]
    prices = [(str(p.date), p.commodity, _plain(p.number), p.quote) for p in ledger.prices()]
    others = [
        (str(e.date), type(e).__name__, e.account) for e in ledger.entries if isinstance(e, Open | Close | Balance)
    ]
    errors = [
        "J102" if p.message.startswith("a price is never negative") else p.code
        for p in ledger.problems
        if p.severity == ERROR
    ]
    messages = [f"{p.code} line {p.place.line if p.place else 0}: {p.message}" for p in ledger.problems]
    lines = tuple(p.place.line for p in ledger.problems if p.place and p.code in TEXT and p.place.file == str(path))
    return Answer(errors, _sorted(transactions), sorted(prices), sorted(others), messages, lines)


def compare(mine: Answer, theirs: Answer) -> str:
    """What differs, or nothing where acct agrees."""
    if bool(mine.errors) != bool(theirs.errors):
        return f"verdict: ours {mine.messages}, beancount's {theirs.errors} {theirs.messages}"
    kinds = {_BY_CODE.get(code, "text") for code in mine.errors}
    wanted = {_BY_CLASS.get(name, name) for name in theirs.errors}
    if kinds != wanted:
        return f"errors: ours {mine.messages}, beancount's {theirs.errors} {theirs.messages}"
    for word in ("balances", "transactions", "prices", "others"):
        a, b = getattr(mine, word), getattr(theirs, word)
        if a != b:
            a, b = (list(part.items()) if isinstance(part, dict) else part for part in (a, b))
            only_ours = [x for x in a if x not in b][:3]
            return f"{word}: only ours {only_ours}, only beancount's {[x for x in b if x not in a][:3]}"
    return ""


# Where ledgers come from.


def in_docstrings(folder: Path) -> Iterator[Case]:
    """The ledgers that stand in the docstrings of beancount's tests."""
    for path in sorted(folder.rglob("*_test.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node, clean=False)):
                text = textwrap.dedent(text)
                if _LEDGER.search(text):
                    yield Case("tests", f"{path.stem}:{node.name}", text.encode())


def in_corpora(corpora: Path) -> Iterator[Case]:
    """Third-party files."""
    for path in sorted((corpora / "beancount").rglob("*.beancount")):
        yield Case("corpora", str(path.relative_to(corpora)), path.read_bytes(), path)


def from_bean_example(python: str) -> Iterator[Case]:
    """What bean-example writes."""
    program = Path(python).with_name("bean-example")
    for seed in SEEDS_OF_EXAMPLES:
        run = subprocess.run([str(program), "--seed", str(seed), "--no-reformat"], capture_output=True, check=True)
        yield Case("example", f"seed {seed}", run.stdout)


def made(count: int, seed: int) -> list[Case]:
    """What the strategies of the tests make."""
    import hypothesis

    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from strategies import ledgers

    found: list[Case] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(ledgers())
    def collect(text: str) -> None:
        found.append(Case("made", f"{seed}/{len(found)}", text.encode()))

    collect()
    return found


def mutated(cases: list[Case], count: int, seed: int) -> Iterator[Case]:
    """Damaged copies."""
    rng = random.Random(seed)
    small = [case for case in cases if len(case.data) <= LARGEST_TO_MUTATE]
    for index in range(count if small else 0):
        base = rng.choice(small)
        how, data = mutate(base.data, rng)
        yield Case("mutated", f"{seed}/{index} {how} of {base.kind} {base.name}", data)


# The run.


class Run:
    """Compares case after case and counts."""

    def __init__(self, oracle: Oracle, folder: Path, keep: Path | None, show: int) -> None:
        self.oracle, self.folder, self.keep, self.show = oracle, folder, keep, show
        self.counts: Counter[tuple[str, str]] = Counter()
        self.numbers: Counter[str] = Counter()

    def ask(self, path: Path) -> tuple[Answer, Answer]:
        """What both make of a file."""
        self.oracle.ask(path)
        try:
            mine = ours(path)
        except Exception:  # noqa: BLE001 - acct must not crash on any text; it is a difference like others
            mine = Answer(["crash of acct"], [], [], [], traceback.format_exc()[-400:])
        return mine, self.oracle.answer()

    def again(self, data: bytes) -> tuple[Answer, Answer]:
        """What both make of a ledger from which something was taken out."""
        path = self.folder / "again.beancount"
        path.write_bytes(data)
        return self.ask(path)

    def one(self, case: Case) -> None:
        """Compare one case."""
        path = case.path
        if path is None:
            path = self.folder / "ledger.beancount"
            path.write_bytes(case.data)
        mine, theirs = self.ask(path)
        difference = compare(mine, theirs)
        number = listed(case.data, mine, theirs, compare, self.again) if difference else ""
        outcome = "the same" if not difference else "listed" if number else "DIFFERENT"
        self.counts[case.kind, outcome] += 1
        if number:
            self.numbers.update(number.split())
        if outcome == "DIFFERENT":
            total = sum(n for (_, what), n in self.counts.items() if what == outcome)
            if total <= self.show:
                print(f"{case.kind} {case.name}: {difference[:600]}")
            if self.keep is not None:
                (self.keep / f"{case.kind}-{total}.beancount").write_bytes(case.data)
                (self.keep / f"{case.kind}-{total}.txt").write_text(f"{case.name}\n{difference}\n{theirs.messages}\n")

    def report(self) -> int:
        """Print the counts; 1 where something differs."""
        for kind in dict.fromkeys(kind for kind, _ in self.counts):
            counts = {what: n for (other, what), n in self.counts.items() if other == kind}
            total = sum(counts.values())
            agreed = total - counts.get("DIFFERENT", 0)
            words = ", ".join(f"{n} {what}" for what, n in sorted(counts.items(), reverse=True))
            print(f"  {kind}: {total} ledgers, {100 * agreed / total:.1f} % ({words})")
        if self.numbers:
            words = ", ".join(f"{number}: {n}" for number, n in sorted(self.numbers.items(), key=lambda p: int(p[0])))
            print(f"  differences listed in docs/differences.md, by number: {words}")
        return int(any(what == "DIFFERENT" for _, what in self.counts))


def main() -> int:
    """Compare all kinds of ledgers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("python")
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--examples", type=int, default=300, help="how many ledgers are made, and how many damaged")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=["tests", "corpora", "example", "made", "mutated"])
    parser.add_argument("--keep", type=Path, help="a folder for what differs")
    parser.add_argument("--show", type=int, default=20, help="how many differences are printed")
    args = parser.parse_args()
    kinds = args.only or ["tests", "corpora", "example", "made", "mutated"]
    oracle = Oracle(args.python)
    if args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(oracle, Path(folder), args.keep, args.show)
        base = [*in_docstrings(oracle.folder), *in_corpora(args.corpora)]
        if {"made", "mutated"} & set(kinds):
            base += made(args.examples, args.seed)
        for case in base:
            if case.kind in kinds:
                run.one(case)
        for case in from_bean_example(args.python) if "example" in kinds else ():
            run.one(case)
        for case in mutated(base, args.examples, args.seed) if "mutated" in kinds else ():
            run.one(case)
        print("beancount ledgers:")
        return run.report()


if __name__ == "__main__":
    sys.exit(main())
