"""The programs that acct is measured beside: where they are, how they are installed, what they say accounts hold."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from books import Written
from measure import Task

PEERS = ("ledger", "hledger", "bean-check", "bean-query", "rustledger")
DEBIAN = ("ledger", "hledger")
RUSTLEDGER = "@rustledger/wasm@0.24.0"
SCRIPT = Path(__file__).with_name("rustledger.mjs")
QUERY = "SELECT account, {} GROUP BY 1"
NO_CACHE = {"BEANCOUNT_DISABLE_LOAD_CACHE": "1"}
# Where another way of working of a peer stands beside its first.
CACHED = "bean-query, its cache kept"
REGISTER = "ledger register of {}"

Held = dict[tuple[str, str], Decimal]


@dataclass(frozen=True, slots=True)
class Tools:
    """How each program is called; a peer that is not there is missing."""

    acct: list[str]
    peers: dict[str, list[str]]
    remarks: list[str]

    @property
    def missing(self) -> list[str]:
        """The peers that are left out."""
        return [name for name in PEERS if name not in self.peers]


def find_tools(acct: list[str], oracle: str, modules: Path, wanted: Iterable[str], *, install: bool) -> Tools:
    """The peers wanted: ledger and hledger on the path, beancount's programs beside the oracle, rustledger under node.

    What is missing is installed where that can be done without asking anybody: from Debian's packages by
    root, from npm into a folder of ours.
    """
    wanted, remarks, found = tuple(wanted), [], {}
    if install and (absent := [name for name in DEBIAN if name in wanted and not shutil.which(name)]):
        remarks += _install_packages(absent)
    beside = str(Path(oracle).absolute().parent) if oracle else None
    for name in PEERS[:4]:
        path = shutil.which(name, path=beside if name.startswith("bean") else None)
        if path and name in wanted:
            found[name] = [str(Path(path).absolute())]
    if node := "rustledger" in wanted and shutil.which("node"):
        if install and not (modules / "node_modules").is_dir():
            remarks += _install_rustledger(modules)
        if (modules / "node_modules" / "@rustledger" / "wasm").is_dir():
            found["rustledger"] = [node, str(SCRIPT), str((modules / "node_modules").absolute())]
    return Tools(acct, found, remarks)


def _install_packages(names: list[str]) -> list[str]:
    """Install Debian's packages; says why where it cannot."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return [f"{' and '.join(names)} can be had with: sudo apt-get install {' '.join(names)}"]
    return _tried(["apt-get", "install", "-y", "-q", "--no-install-recommends", *names])


def _install_rustledger(modules: Path) -> list[str]:
    if not (npm := shutil.which("npm")):
        return ["rustledger needs npm to be installed"]
    modules.mkdir(parents=True, exist_ok=True)
    return _tried([npm, "install", "--silent", "--no-save", "--prefix", str(modules.absolute()), RUSTLEDGER])


def _tried(command: list[str]) -> list[str]:
    """Run an installer; nothing, or what it said last where it failed."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL, timeout=300
        )
    except subprocess.TimeoutExpired:
        return [f"`{' '.join(command)}` took too long"]
    said = (run.stderr or run.stdout).strip().splitlines()[-1:] or ["it said nothing"]
    return [f"`{' '.join(command)}` failed: {said[0]}"] if run.returncode else []


def tasks(tools: Tools, books: Written, cached: Path, accounts: Iterable[str]) -> Iterator[Task]:
    """What the peers are measured at: balances of the whole book, its checks, and the register of these accounts."""
    peers, root, journal = tools.peers, str(books.single), str(books.ledger)
    if ledger := peers.get("ledger"):
        yield Task("ledger bal", [*ledger, "--args-only", "-f", journal, "bal"], peer="ledger")
        for account in accounts:
            words = [*ledger, "--args-only", "-f", journal, "reg", f"^{account}$"]
            yield Task(REGISTER.format(account), words, peer="ledger")
    if hledger := peers.get("hledger"):
        yield Task("hledger bal", [*hledger, "-f", journal, "bal"], peer="hledger")
    if check := peers.get("bean-check"):
        yield Task("bean-check --no-cache", [*check, "--no-cache", root], peer="bean-check")
    if query := peers.get("bean-query"):
        words = QUERY.format("sum(position)")
        yield Task("bean-query, no cache", [*query, root, words], NO_CACHE, peer="bean-query")
        kept = [*query, str(cached), words]
        yield Task(CACHED, kept, prime=kept, peer="bean-query")
    if rust := peers.get("rustledger"):
        yield Task("rustledger, in node", [*rust, root], peer="rustledger")


# What they say.


def asking(tools: Tools, books: Written) -> Iterator[tuple[str, list[str]]]:
    """For each peer that can tell balances, the command that prints account, number and commodity as CSV."""
    peers, root, journal = tools.peers, str(books.single), str(books.ledger)
    if ledger := peers.get("ledger"):
        shape = "%(account),%(scrub(display_total))\n"
        yield "ledger", [*ledger, "--args-only", "-f", journal, "bal", "--flat", "--no-total", "--format", shape]
    if hledger := peers.get("hledger"):
        yield "hledger", [*hledger, "-f", journal, "bal", "--flat", "--no-total", "-O", "csv"]
    if query := peers.get("bean-query"):
        yield "bean-query", [*query, "-f", "csv", root, QUERY.format("units(sum(position))")]
    if rust := peers.get("rustledger"):
        yield "rustledger", [*rust, root]


def answered(text: str) -> Held:
    """The units each account holds, zeros left out, of CSV with an account, and a number with its commodity."""
    lines = [(row[0], *row[1].split()) for row in csv.reader(text.splitlines()) if len(row) == 2]
    return held((line[0], line[1], line[2]) for line in lines if len(line) == 3)


def held(rows: Iterable[tuple[str, str, str]]) -> Held:
    """Rows of account, number and commodity added up, zeros left out."""
    sums: Held = defaultdict(Decimal)
    for account, number, commodity in rows:
        sums[account, commodity] += Decimal(number)
    return {key: number for key, number in sums.items() if number}
