"""Several processes post to one set of books at once, each by the command line's own functions, while others read.

usage: contention.py [--writers 8] [--entries 1000] [--readers 2] [--indexed] [--commands]
With --indexed, posts are of plain entries, as most are, and the pen goes by the index of the books where it can.
With --commands, each post is a process of its own that runs `acct post -`.
Afterwards every entry must be there, once and whole, with refs that are distinct and without a gap; a reader must
never have seen anything but whole posts.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import faults
from acctkit.audit import read_chain
from acctkit.books import pen
from acctkit.books.balances import open_balances
from acctkit.books.reader import open_books
from acctkit.cli.load import checks
from acctkit.posting import posted
from acctkit.problem import ERROR

PATIENT = 30  # seconds, as the command line is
PAUSE = 0.05  # of a reader
PAIR = '2026-05-07 custom "query" "JNL-0001" "{0}" "{0}"\n'


def texts(number, entries, indexed):
    """What a process posts: entries, each with a record or an entry that belongs to it, so that half would be seen."""
    for turn in range(entries):
        name = f"{number}-{turn}"
        text = faults.PAPER.replace("Paper", name)
        yield (text + text if indexed else text + PAIR.format(name)).encode()


def command(root, number, entries, indexed):
    """Post by a process for each post, none of which may wait longer than they do unasked."""
    words = ("-f", root.folder or root.file, "--today", faults.WRITER.today.isoformat(), "post", "-")
    for text in texts(number, entries, indexed):
        subprocess.run([sys.executable, "-m", "acctkit", *words], input=text, capture_output=True, check=True)


def write(root, number, entries, indexed):
    """Post by the command line's own functions, all in one process."""
    writer = faults.WRITER._replace(lock_timeout=PATIENT)
    for text in texts(number, entries, indexed):

        def propose(ledger, text=text):
            return posted(ledger, "typed", text)

        pen.append(root, propose, writer, checks(), "", propose if indexed else None)


def look(books):
    """What is wrong in books that several are writing to: errors, gaps, halves."""
    names = Counter(entry.narration for entry in books.ledger.transactions[1:])
    names.update(record.text(1) for record in books.ledger.records("query"))
    wrong = [p.message for p in books.ledger.problems if p.severity == ERROR]
    wrong += [] if set(names.values()) <= {2} else ["half a post was seen"]
    refs = sorted(books.ledger.names)
    wrong += [] if refs == sorted(f"JNL-{n:04}" for n in range(1, len(refs) + 1)) else ["refs with a gap"]
    chain = read_chain(books.stream)
    wrong += [] if len(chain.seals) == len(names) + 1 and not chain.unsealed else ["a post without its seal"]
    return wrong


def read(root, over, readings, faulty):
    """Read until all is written; say what was seen that must not be."""
    while not over.is_set():
        books = open_books(root, ())
        if found := look(books):
            faulty.put(found)
        with readings.get_lock():
            readings.value += 1
        time.sleep(PAUSE)


def contend(root, writers, entries, readers, indexed=False, post=write):
    """Post and read at once; how many readings there were, and how many seconds it took. Asserts that all is well."""
    context = multiprocessing.get_context("fork")
    over, readings, faulty = context.Event(), context.Value("i", 0), context.Queue()
    began = time.monotonic()
    posting = [context.Process(target=post, args=(root, number, entries, indexed)) for number in range(writers)]
    reading = [context.Process(target=read, args=(root, over, readings, faulty)) for _ in range(readers)]
    for process in (*posting, *reading):
        process.start()
    for process in posting:
        process.join()
        assert process.exitcode == 0
    took = time.monotonic() - began
    over.set()
    for process in reading:
        process.join()
        assert process.exitcode == 0
    assert faulty.empty(), faulty.get()
    books = open_books(root, checks())
    assert look(books) == []
    assert len(books.ledger.transactions) == writers * entries * (2 if indexed else 1) + 1
    return readings.value, took


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--writers", type=int, default=8)
    asked.add_argument("--entries", type=int, default=1000)
    asked.add_argument("--readers", type=int, default=2)
    asked.add_argument("--indexed", action="store_true")
    asked.add_argument("--commands", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        root = faults.folder_of_books(Path(folder) / "acme")
        if options.indexed:
            open_balances(root, checks, str)
        post = command if options.commands else write
        readings, took = contend(root, options.writers, options.entries, options.readers, options.indexed, post)
        stock = faults.Beancount()
        passed = stock.accepts(root)
    posts = options.writers * options.entries
    each = ", each by a command of its own," if options.commands else ""
    print(f"{options.writers} processes posted {options.entries:,} times each{each} in {took:,.1f} s", end=" ")
    print(f"({posts / took:,.1f} a second), with {readings:,} readings at once")
    verdict = "FAILS" if not passed else "passes" if stock.program else "is not installed"
    print(f"{posts * (1 + options.indexed):,} entries, refs distinct and without a gap; bean-check {verdict}")
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main())
