"""A fuzzer of the reader: no bytes make acct raise, hang, or use memory out of proportion to the file.

    make fuzz SECONDS=60

Inputs are the demonstration journals, the journals of tests/problems and third-party ledgers, damaged at random:
bytes flipped, tokens changed for others, lines moved between files or repeated many times over. Each is read,
checked and reported on as the commands do. What fails is made as small as it will go and kept in a folder, with
the command that shows it again.
"""

# ruff: noqa: E501 - the table of nasty things is wide
from __future__ import annotations

import argparse
import io
import os
import random
import re
import resource
import signal
import sys
import time
import traceback
import tracemalloc
from collections import Counter
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from acctkit.allocation import match_payments
from acctkit.audit import check_locks, check_seals
from acctkit.cli.load import checks
from acctkit.cli.show import show_problems
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.bookkeeping import check_bookkeeping, check_dates
from acctkit.ledger.entity import Entity, VatRegistration
from acctkit.ledger.holdings import check_holdings
from acctkit.ledger.ledger import Ledger
from acctkit.period import ALWAYS
from acctkit.problem import Problem, Refusal
from acctkit.reconcile import propose, state, statement_table
from acctkit.reports import account, ageing, trial_balance
from acctkit.vat import returns
from acctkit.vat import show as vat_show

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 4, 9)
COMPANY = Entity("A Ltd", "GBP", (3, 31), VatRegistration("GB", "GB765432126", registered=date(2019, 6, 1)))
PLAIN = Entity()
LEAST_SECONDS = 1.0  # what a small file may take, where a machine is busy with something else
SECONDS_PER_BYTE = 1 / 100_000
LEAST_MEMORY = 16 << 20
MEMORY_PER_BYTE = 400
MOST_MEMORY = 4 << 30
MEASURED = 40  # the memory of one input in so many is measured, since that is slow
LARGEST_SEED = 60_000
MINIMISING_SECONDS = 20

_FENCE = re.compile(r"^```beancount.*?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|\d{4}-\d\d-\d\d|[A-Z][\w:-]+|[a-z][\w-]*:?|\d[\d,.]*|\s+|.', re.DOTALL)
NASTY = [
    b'"', b"\\", b"{", b"}}", b"{{", b"@@", b"@ ", b"#", b"^", b"~", b"|", b",", b";", b":", b"(", b")", b"(" * 300,
    b"/0", b"*0", b"-", b"\n", b"\n\n", b"\r", b"\r\n", b"\t", b"\f", b"\v", b"\0", b"\n  ", b"\xef\xbb\xbf", b"\xff",
    b"\xc3", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xc2\x85", b"\xc2\xa0", b"\xd9\xa1", b"\xc2\xb2", b"\x1b[31m", b"\x1b]0;x\x07",
    b"9" * 40, b"9" * 200, b"0." + b"0" * 90 + b"1", b"9" * 99, b"9" * 60 + b"." + b"9" * 60, b"0", b"-0", b"0.00",
    b"9999999*" * 60 + b"9", b"1/3", b"1E5", b"NaN", b"GBP", b" 1 GBP", b"2026-02-30", b"0001-01-01", b"9999-12-31",
    b"1600-01-01", b"99999-01-01", b"TRUE", b"NULL", b"Assets:X", b"Assets:", b"\xe2\x85\xa7", b"{}", b"{*}", b"{#}",
    b"{1 # 2 GBP}", b"{GBP}", b"@ GBP", b"@@ 0 GBP", b"@ 0 GBP", b"0 HOOL {}", b'include "x"\n', b'include "**"\n',
    b'plugin "x"\n', b"poptag #x\n", b"pushtag #x\n", b"pushmeta xx: 1 GBP\n", b'pushmeta ref: "X"\n', b"popmeta xx:\n",
    b'pushmeta type: "sales-invoice"\n', b'pushmeta party: "ACME"\n', b'pushmeta vat: "S"\n', b"pushmeta due: 0001-01-01\n",
    b'option "name_assets" "Verm\xc3\xb6gen"\n', b'option "inferred_tolerance_default" "*:0.1"\n',
    b'option "operating_currency" "X"\n', b'option "booking_method" "FIFO"\n', b'option "booking_method" "NONE"\n',
    b'option "display_precision" "GBP:1"\n', b'plugin "beancount.plugins.auto_accounts"\n', b'  role: "suspense"\n',
    b'  role: "debtors"\n', b'  role: "creditors"\n', b'  role: "bank"\n', b'  vat: "S"\n', b'  vat: "RC"\n', b'  ref: "1"\n',
    b'  terms: "99999999999 days"\n', b'  terms: "30 days end of month"\n', b"  due: 9999-12-31\n", b"  issued: 0001-01-01\n",
    b"  tax-point: 9999-12-31\n", b'  type: "reversal"\n', b'  reverses: "INV-0001"\n', b'  ref: "INV-99999999999999999999"\n',
    b'2026-05-04 custom "lock" "hard" 9999-12-31\n', b'2026-05-04 custom "lock" "soft" 0001-01-01\n',
    b'2026-05-07 custom "vat-return" "GB" 0001-01-01 9999-12-31\n', b'2026-01-01 custom "year-end" "02-30"\n',
    b'2026-01-01 custom "year-end" "12-31"\n', b'2026-01-01 custom "vat-scheme" "GB" "cash"\n',
    b'9999-12-31 custom "statement" "X" Assets:Bank:Current 1 GBP\n', b'2026-01-01 custom "undo"\n', b"; seal 1 x y z\n",
    b'2026-01-01 custom "undo" "statement" "X"\n', b'2026-01-01 custom "amend" "INV-0001"\n  due: "x"\n', b'  their-ref: "\n"\n',
]  # fmt: skip


class Hang(Exception):  # noqa: N818 - raised by the alarm
    """An input that took longer than any input of its size may."""


class Greed(Exception):  # noqa: N818
    """An input that used more memory than any input of its size may."""


class Slow(Exception):  # noqa: N818
    """An input that was read, but too slowly."""


# What is run on each input.


def exercise(data: bytes, entity: Entity) -> None:
    """All that commands do with a journal, but for its files: read, check, report, match, show."""
    source = Source("journals/2026/2026-04.beancount", data)
    parsed = parse(source)
    ledger = Ledger([parsed], entity)
    own = check_locks, check_holdings, check_bookkeeping, lambda ledger: check_dates(ledger, TODAY)
    found = [problem for check in (*checks(), *own) for problem in check(ledger)]
    ledger.problems += found + check_seals([source])
    _check_problems(ledger)
    for report in (_trial_balance, _ledger, _ageing, _vat, _reconcile, _match):
        try:
            report(ledger)
        except Refusal as refused:
            _check_problems(ledger, list(refused.problems))


def _check_problems(ledger: Ledger, refused: list[Problem] | None = None) -> None:
    out = io.StringIO()
    show_problems(refused or ledger.problems, out)
    text = out.getvalue()
    bad = next((c for c in text if not c.isprintable() and c not in "\n\t"), "")
    assert not bad, f"a control character is printed: {bad!r}"
    for problem in ledger.problems:
        assert problem.place, f"{problem.code} has no place: {problem.message[:80]}"
        assert problem.place.line >= 1
        assert problem.place.end_column > problem.place.column >= 1, f"{problem.code}: {problem.place[1:4]}"


def _trial_balance(ledger: Ledger) -> None:
    for cumulative in (False, True):
        balance = trial_balance.trial_balance(ledger, None, ledger.last_day, cumulative=cumulative)
        trial_balance.table(ledger, balance)
        trial_balance.movements_table(ledger, balance)
        trial_balance.json_answer(ledger, balance)


def _ledger(ledger: Ledger) -> None:
    for root in ledger.options.roots[:2]:
        if any(name.startswith(f"{root}:") for name in ledger.accounts):
            name = account.find_account(ledger, next(n for n in ledger.accounts if n.startswith(f"{root}:")))
            found = account.account_ledger(ledger, name, ALWAYS)
            account.table(ledger, found, name, ALWAYS)
            account.json_answer(ledger, found, name, ALWAYS)


def _ageing(ledger: Ledger) -> None:
    for kind, by in (("debtors", "due"), ("creditors", "issued")):
        found = ageing.aged(ledger, kind, TODAY, by)
        ageing.table(ledger, found)
        ageing.json_answer(ledger, found, ledger.problems)


def _vat(ledger: Ledger) -> None:
    shown = returns.vat_return(ledger)
    vat_show.return_table(shown)
    vat_show.lines_table(shown)
    vat_show.return_json(shown, ledger.problems)


def _reconcile(ledger: Ledger) -> None:
    for name in ledger.with_role("bank", "card")[:2]:
        statement_table(ledger, state(ledger, name, TODAY))
        propose(ledger, name)


def _match(ledger: Ledger) -> None:
    match_payments(ledger, TODAY)


# Whether it went well.


@contextmanager
def alarm(seconds: float):
    """Raise Hang in whatever runs for longer."""

    def ring(*_):
        raise Hang

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def verdict(data: bytes, entity: Entity, *, memory: bool = False) -> tuple[str, str]:
    """What is wrong with how an input was taken: a short name and the whole story; two "" where nothing is."""
    may_take = max(LEAST_SECONDS, len(data) * SECONDS_PER_BYTE) * (6 if memory else 1)
    if memory:
        tracemalloc.start()
    started = time.process_time()
    try:
        with alarm(may_take * 5):
            exercise(data, entity)
        took = time.process_time() - started
        if took > may_take:
            raise Slow(f"{len(data)} bytes took {took:.2f} s")  # noqa: TRY301
        if memory and (peak := tracemalloc.get_traced_memory()[1]) > LEAST_MEMORY + MEMORY_PER_BYTE * len(data):
            raise Greed(f"{len(data)} bytes took {peak >> 20} MB")  # noqa: TRY301
    except Exception as reason:  # noqa: BLE001 - that is what it looks for
        return _signature(reason), "".join(traceback.format_exception(reason)[-12:])
    finally:
        if memory:
            tracemalloc.stop()
    return "", ""


def _signature(reason: BaseException) -> str:
    """Its type and where it came from, so that one fault is kept once; of a hang and the like, the type."""
    if isinstance(reason, Hang | Greed | Slow):
        return type(reason).__name__
    frames = [
        f for f in traceback.extract_tb(reason.__traceback__) if "acctkit" in f.filename or f.filename == __file__
    ]
    last = frames[-1]
    detail = str(reason)[:12] if isinstance(reason, AssertionError) else ""
    return f"{type(reason).__name__}-{Path(last.filename).stem}-{last.lineno}-{detail}".rstrip("-")


# Damage.


def seeds(corpora: Path | None) -> list[bytes]:
    """The journals to begin from."""
    found = [path.read_bytes() for path in sorted((ROOT / "journals").rglob("*.beancount"))]
    for page in sorted((ROOT / "tests" / "problems").glob("*.md")):
        found += [block.encode() for block in _FENCE.findall(page.read_text())]
    chart = ROOT / "journals" / "chart.beancount"
    if chart.exists():  # entries mean something only where accounts have roles
        found += [chart.read_bytes() + data for data in found if b" open " not in data]
    if corpora and corpora.is_dir():
        found += [path.read_bytes() for path in sorted(corpora.rglob("*.beancount"))]
    return [data for data in found if 0 < len(data) <= LARGEST_SEED]


class Mutator:
    """Damages journals; the same number for a start gives the same damage."""

    def __init__(self, start: list[bytes], chance: random.Random) -> None:
        self.start = start
        self.chance = chance
        self.lines = [line for data in start for line in data.splitlines(keepends=True)]
        self.pool: dict[str, list[bytes]] = {}
        for token in {token for data in start for token in _TOKEN.findall(data)}:
            self.pool.setdefault(_kind(token), []).append(token)
        for tokens in self.pool.values():
            tokens.sort()

    def make(self) -> bytes:
        """One input."""
        data = self.chance.choice(self.start)
        kinds = (self._bytes, self._token, self._token, self._nasty, self._nasty, self._line, self._move, self._repeat)
        for _ in range(self.chance.choice((1, 1, 2, 3, 5, 8))):
            data = self.chance.choice(kinds)(data)
        return data[: 4 * LARGEST_SEED]

    def _bytes(self, data: bytes) -> bytes:
        out = bytearray(data)
        for _ in range(self.chance.randint(1, 4)):
            if out:
                out[self.chance.randrange(len(out))] = self.chance.randrange(256)
        return bytes(out)

    def _token(self, data: bytes) -> bytes:
        """Tokens become others of their kind, or of any."""
        tokens = _TOKEN.findall(data)
        for _ in range(self.chance.randint(1, 5)):
            if tokens:
                at = self.chance.randrange(len(tokens))
                kind = _kind(tokens[at]) if self.chance.random() < 0.8 else self.chance.choice(sorted(self.pool))
                tokens[at] = self.chance.choice(self.pool.get(kind, NASTY))
        return b"".join(tokens)

    def _nasty(self, data: bytes) -> bytes:
        patch = self.chance.choice(NASTY)
        if patch.endswith(b"\n"):
            lines = data.splitlines(keepends=True)
            lines.insert(self.chance.randint(0, len(lines)), patch)
            return b"".join(lines)
        start = self.chance.randint(0, len(data))
        return data[:start] + patch + data[start + self.chance.choice((0, 0, 1, 5, 40)) :]

    def _line(self, data: bytes) -> bytes:
        """A line goes, or another journal's comes."""
        lines = data.splitlines(keepends=True)
        at = self.chance.randint(0, len(lines))
        if self.chance.random() < 0.5:
            del lines[at : at + self.chance.choice((1, 1, 3))]
        else:
            lines.insert(at, self.chance.choice(self.lines))
        return b"".join(lines)

    def _move(self, data: bytes) -> bytes:
        """A run of lines, or all of another journal, goes somewhere else."""
        lines = data.splitlines(keepends=True)
        if self.chance.random() < 0.2:
            return data + b"\n" + self.chance.choice(self.start)
        start = self.chance.randint(0, len(lines))
        taken = lines[start : start + 8]
        del lines[start : start + 8]
        at = self.chance.randint(0, len(lines))
        return b"".join(lines[:at] + taken + lines[at:])

    def _repeat(self, data: bytes) -> bytes:
        """A few lines, or some bytes, stand there many times: what is quadratic shows."""
        times = self.chance.choice((2, 3, 30, 300, 1500))
        if self.chance.random() < 0.5:
            lines = data.splitlines(keepends=True)
            at = self.chance.randint(0, len(lines))
            end = at + self.chance.choice((1, 2, 6, 8))
            return b"".join(lines[:at] + lines[at:end] * times + lines[end:])
        at = self.chance.randint(0, len(data))
        end = at + self.chance.choice((1, 2, 10))
        return data[:at] + data[at:end] * times + data[end:]


def _kind(token: bytes) -> str:
    first = token[:1]
    if first == b'"':
        return "string"
    if re.fullmatch(rb"\d{4}-\d\d-\d\d", token):
        return "date"
    if first.isdigit():
        return "number"
    if b":" in token[:-1]:
        return "account"
    return "word" if first.isalpha() else "blank" if first.isspace() else "mark"


# What was found.


def minimise(data: bytes, entity: Entity, name: str) -> bytes:
    """The smallest part of an input found in the time given that fails in the same way."""
    end = time.monotonic() + MINIMISING_SECONDS
    for split in (
        lambda d: d.splitlines(keepends=True),
        _TOKEN.findall,
        lambda d: [d[i : i + 1] for i in range(len(d))],
    ):
        parts = split(data)
        size = max(1, len(parts) // 2)
        while size and time.monotonic() < end:
            at = 0
            while at < len(parts) and time.monotonic() < end:
                fewer = parts[:at] + parts[at + size :]
                if verdict(b"".join(fewer), entity, memory=name == "Greed")[0] == name:
                    parts = fewer
                else:
                    at += size
            size //= 2
        data = b"".join(parts)
    return data


def keep(folder: Path, data: bytes, entity: Entity, name: str, story: str) -> Path:
    """Write a failure into the folder, small, with its story and the command that shows it again."""
    folder.mkdir(parents=True, exist_ok=True)
    small = minimise(data, entity, name)
    path = folder / f"{re.sub('[^A-Za-z0-9-]', '_', name)}.beancount"
    path.write_bytes(small)
    whose = " --plain" if entity is PLAIN else ""
    command = f"python benchmarks/fuzz.py{whose} --replay {path}"
    path.with_suffix(".txt").write_text(f"{command}\n\n{story}")
    print(f"{name}: {len(data)} bytes, now {len(small)}\n  {command}", flush=True)
    return path


def replay(path: Path, entity: Entity) -> int:
    """Run one input again and tell what is wrong with it."""
    name, story = verdict(path.read_bytes(), entity)
    name, story = (name, story) if name else verdict(path.read_bytes(), entity, memory=True)
    print(story or f"{path}: nothing is wrong")
    return int(bool(name))


def main() -> int:
    """Fuzz for as long as asked; 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="a number that gives the same inputs again")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "fuzz", help="where failures are kept")
    parser.add_argument("--corpora", type=Path, default=None, help="a folder of third-party ledgers to begin from too")
    parser.add_argument("--replay", type=Path, default=None, help="run one kept input again")
    parser.add_argument("--plain", action="store_true", help="replay it as a journal without an acct.toml")
    asked = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    if asked.replay:
        return replay(asked.replay, PLAIN if asked.plain else COMPANY)
    seed = asked.seed if asked.seed is not None else int.from_bytes(os.urandom(4))
    mutator = Mutator(seeds(asked.corpora), random.Random(seed))
    print(f"{len(mutator.start)} journals to begin from, seed {seed}", flush=True)
    found: Counter[str] = Counter()
    end, tried, size, worst = time.monotonic() + asked.seconds, 0, 0, 0.0
    while time.monotonic() < end:
        data = mutator.make()
        entity = COMPANY if tried % 2 else PLAIN
        began = time.process_time()
        name, story = verdict(data, entity, memory=tried % MEASURED == 0)
        if tried % MEASURED and len(data) > 20_000:
            worst = max(worst, (time.process_time() - began) / len(data))
        tried, size = tried + 1, size + len(data)
        if name:
            found[name] += 1
            if found[name] == 1:
                keep(asked.folder, data, entity, name, story)
    print(f"{tried:,} inputs, {size / 1e6:.1f} MB, {len(found)} kinds of failure, seed {seed}; "
          f"the slowest above 20 kB took {worst * 1e5:.2f} s per 100 kB")  # fmt: skip
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
