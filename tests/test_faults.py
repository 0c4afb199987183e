"""At every point where a command can be killed or refused by the disk, the books are the old ones or the new."""

import os
import sys
from pathlib import Path

import pytest

import faults
from acctkit.books import lock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "benchmarks"))

import contention

BOOKS = {"folder": faults.folder_of_books, "single": faults.single_journal}
IN_BOTH = ["post", "post after a crash"]
CASES = [(books, act) for act in faults.ACTS for books in BOOKS if books == "folder" or act in IN_BOTH]
POINTS: dict[str, int] = {}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch, tmp_path):
    monkeypatch.setattr(lock, "_PAUSE", 0.002)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def oracle():
    return faults.Beancount()


def counted(what, points):
    POINTS[what] = POINTS.get(what, 0) + points
    assert points > 0


@pytest.mark.parametrize(("books", "act"), CASES)
def test_a_process_that_dies(tmp_path, books, act, oracle):
    root = BOOKS[books](tmp_path / "acme")
    counted("deaths", faults.deaths(root, act, ["exit before", "kill within"], oracle))


@pytest.mark.parametrize(("books", "act"), CASES)
def test_a_disk_that_refuses(tmp_path, books, act, oracle):
    root = BOOKS[books](tmp_path / "acme")
    counted("errors", faults.errors(root, act, faults.ERRORS[:1], oracle))


@pytest.mark.parametrize(("books", "act"), CASES)
def test_a_reader_at_each_moment(tmp_path, books, act):
    root = BOOKS[books](tmp_path / "acme")
    counted("moments", faults.readers(root, act))


def test_all_points_were_visited(capsys):
    with capsys.disabled():
        print(f"\nfault points: {POINTS}")


def test_eight_processes_post_while_others_read(tmp_path):
    root = faults.folder_of_books(tmp_path / "acme")
    readings, _ = contention.contend(root, writers=8, entries=5, readers=2)
    assert readings > 0
