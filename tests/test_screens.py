"""The full screen of a reconciliation: driven in a pseudo-terminal, and by its own pilot for finer cases."""

import asyncio
import os
import re
import shutil
import signal
import sys
from datetime import date
from importlib import util
from pathlib import Path

import pytest

from acctkit.cli import run, screens
from acctkit.cli.context import Context
from acctkit.cli.reconciling import Sitting, accept, candidates, words_of
from acctkit.cli.screens.evidence import common
from acctkit.cli.screens.reconcile import ReconcileApp
from acctkit.reconcile import read_bank
from terminal import Terminal
from test_prompt import books, ledger_of, matches  # noqa: F401 - the fixture

ACCOUNT = "Assets:Bank:Current"
COMMAND = [sys.executable, "-m", "acctkit", "reconcile", "1200"]
CONTEXT = Context(None, date(2026, 5, 10), 100, is_terminal=True, colour=True, can_ask=True)
READY = ("Open lines", "Candidates", "x quit")


def test_accept_post_ask_skip_and_quit(books):  # noqa: F811 - the fixture
    with Terminal(COMMAND) as term:
        first = term.wait(*READY, "0 of 4 lines done", "Opening balance")
        assert "Difference" in first
        term.press("a")
        term.wait("opening is OPN-0001", "Bank   28 Apr 2026  1,200.00", gone=["Opening balance"])
        term.press("a")
        term.wait("1 of 4 lines done", "CHARGES")
        term.press("p")
        term.wait("A new entry for this line")
        term.press("Expenses:Stationery", "enter")
        term.wait("Expenses:Stationery", "VAT code", '"PAY-0001"')
        term.wait("› VAT code")
        term.press("E", "enter")
        term.wait("› What for", 'vat: "E"')
        term.press("Bank charges", "enter")
        term.wait("2 of 4 lines done", "posted PAY-0001")
        term.press("s")
        term.wait("SHOP")
        term.press("q")
        term.wait("Ask whom")
        term.press("owner", "enter")
        term.wait("› What")
        term.press("what did we buy?", "enter")
        term.wait("? 30 Apr", "the question to owner")
        term.press("x")
        assert term.end() == 3
        assert "left 2" in term.screen
        assert "Traceback" not in term.written
    ledger = ledger_of(books)
    assert matches(ledger) == [("opening", "OPN-0001"), ("L1", "RCT-0012"), ("L2", "PAY-0001")]
    assert ledger.entry("PAY-0001").narration == "Bank charges"
    assert [record.values for record in ledger.records("query")] == [("CUR-2026-04/L4", "owner", "what did we buy?")]


def test_split_then_undo_one_part_in_the_next_sitting(books):  # noqa: F811
    with Terminal(COMMAND, columns=160, rows=50) as term:
        term.wait(*READY, "CASH IN")
        term.press("down", "down", "down")
        term.wait("RCT-0013", "suggested")
        term.press("d")
        term.wait("How much of the line each entry is", "rest of the line")
        term.press("20", "down", "30")
        term.wait(" 20  RCT-0013", " 30  RCT-0014", "rest of the line 0.00")
        term.press("enter")
        term.wait("1 of 4 lines done")
        term.press("x")
        assert term.end() == 3
    assert matches(ledger_of(books)) == [("L3", "RCT-0013"), ("L3", "RCT-0014")]
    with Terminal(COMMAND, NO_COLOR="1") as term:
        term.wait(*READY, "1 of 4 lines done")
        term.press("m")
        term.wait("Matched to  2", "RCT-0014")
        term.press("tab", "u")
        assert "RCT-0014" not in term.wait("Take back: L3 is RCT-0013").split("Take back")[1].split("│")[0]
        term.press("the wrong half", "enter")
        term.wait("taken back: L3 is RCT-0013", "Matched to  1")
        term.press("x")
        term.end()
        assert not re.search(r"\x1b\[([0-9;]*;)?(3[0-8]|4[0-8]|9[0-7])[;m]", term.written)
    assert matches(ledger_of(books)) == [("L3", "RCT-0014")]
    assert "the wrong half" in (books.folder / "journals" / "2026" / "2026-05.beancount").read_text()


def test_ctrl_c_loses_nothing(books):  # noqa: F811
    with Terminal(COMMAND) as term:
        term.wait(*READY, "Opening balance")
        term.press("a", "a", "ctrl+c")
        assert term.end() == 130
        assert "every answer so far is in the books" in term.screen
    assert matches(ledger_of(books)) == [("opening", "OPN-0001"), ("L1", "RCT-0012")]


def test_a_dumb_terminal_has_the_prompt(books):  # noqa: F811
    with Terminal(COMMAND, TERM="dumb") as term:
        term.wait("this terminal has no full screen: TERM is dumb", "2 matches are certain. Record?")
        term.press("n\r")
        term.wait("[x] quit")
        term.press("x\r")
        assert term.end() == 3
        assert "\x1b" not in term.written
        told = [line for line in term.written.splitlines() if "[x] quit" not in line]
        assert any("Balance per bank statement" in line for line in told)
        assert max(map(len, told)) <= 80


def test_without_textual_the_prompt_says_how_to_get_the_screen(monkeypatch, capsys):
    asked = []
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setattr(screens, "find_spec", lambda name: None if name == "textual" else util.find_spec(name))
    monkeypatch.setattr("acctkit.cli.prompt.work_through", lambda *given: asked.append(given))
    screens.work_through(CONTEXT, ACCOUNT, None)
    assert asked == [(CONTEXT, ACCOUNT, None)]
    assert "pip install 'acctkit[tui]'" in capsys.readouterr().err


# By its own pilot.


async def until(pilot, holds, seconds=20):
    """Wait until something holds of the screen."""
    for _ in range(seconds * 50):
        if holds():
            return
        await pilot.pause(1 / 50)
    raise AssertionError(shown(pilot.app))


def shown(app):
    """The screen as plain text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def drive(steps, size=(80, 24), context=CONTEXT):
    """Run the app, and steps with its pilot and desk once the books were read."""

    async def run():
        app = ReconcileApp(Sitting(context, ACCOUNT, None))
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.desk.seen is not None)
            await pilot.pause()
            await steps(pilot, app.desk)
        return app

    return asyncio.run(run())


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (60, 16)])
def test_everything_is_in_sight_and_figures_line_up(books, size):  # noqa: F811
    async def steps(pilot, desk):
        text = shown(pilot.app)
        for words in ("Statement", "Lodgements", "Unpresented", "Books", "Difference", *READY[:2], "0 of 4 lines done"):
            assert words in text
        lines = text.split("\n")
        assert len(lines) <= size[1]
        rows = [line for line in lines if " Apr " in line[:12]]
        ends = {line.index(figure) + len(figure) for line in rows for figure in ("1,200.00", "-6.00") if figure in line}
        assert len(ends) == 1

    drive(steps, size)


def test_all_above_is_shown_before_it_is_written(books):  # noqa: F811
    async def steps(pilot, desk):
        await pilot.press("G", "A")
        await until(pilot, lambda: "Certain: 2" in shown(pilot.app))
        assert "Suggested: 1" in shown(pilot.app)
        await pilot.press("y")
        await until(pilot, lambda: "1 of 4 lines done" in shown(pilot.app))
        await pilot.press("G", "A")
        await until(pilot, lambda: "accept 1 suggested" in shown(pilot.app))
        await pilot.press("s")
        await until(pilot, lambda: "2 of 4 lines done" in shown(pilot.app))

    drive(steps)
    assert matches(ledger_of(books)) == [("opening", "OPN-0001"), ("L1", "RCT-0012"), ("L3", "RCT-0013")]


def test_find_choose_and_a_part_of_an_amount(books):  # noqa: F811
    async def steps(pilot, desk):
        await pilot.press("G", "slash", *"1,200", "enter")
        assert [one.names for one in desk.candidates] == [("RCT-0012",)]
        await pilot.press("escape", "k", "space", "tab", "space")
        assert len(desk.candidates) > 1

    drive(steps)

    async def part(pilot, desk):
        await pilot.press("G", "k")  # L3: 50.00 in
        await pilot.press("slash", *"acme", "enter", "a")
        await until(pilot, lambda: "The amounts differ" in shown(pilot.app))
        assert "match 50.00 and leave the rest open" in shown(pilot.app)
        await pilot.press("y")
        await until(pilot, lambda: "1 of 4 lines done" in shown(pilot.app))

    drive(part)
    assert matches(ledger_of(books)) == [("L3", "RCT-0012")]


def test_chosen_candidates_that_do_not_make_the_line_open_the_split(books):  # noqa: F811
    async def steps(pilot, desk):
        await pilot.press("G", "k", "tab", "space", "space")
        assert "2 chosen, 100.00 of 50.00" in shown(pilot.app)
        await pilot.press("a")
        await until(pilot, lambda: "How much of the line" in shown(pilot.app))
        await pilot.press("7", "0")
        assert "not an amount that is open of RCT-0013" in shown(pilot.app)
        await pilot.press("enter", "backspace", "backspace", "1", "0", ".", "5", "0", "down", "delete", "space")
        await until(pilot, lambda: "rest of the line 0.00" in shown(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "1 of 4 lines done" in shown(pilot.app))

    drive(steps)
    parts = [(str(record.amount(3)[0]), record.text(2)) for record in ledger_of(books).records("reconcile")]
    assert parts == [("10.50", "RCT-0013"), ("39.50", "RCT-0014")]


def test_undo_in_the_sitting_reverses_what_was_posted(books):  # noqa: F811
    async def steps(pilot, desk):
        await pilot.press("u")
        assert "nothing was decided in this sitting" in shown(pilot.app)
        await pilot.press("G", "p", *"Expenses:Stationery", "enter", "enter", "enter")
        await until(pilot, lambda: "posted PAY-0001" in shown(pilot.app))
        await pilot.press("u")
        await until(pilot, lambda: "an entry that was posted with it is reversed" in shown(pilot.app))
        await pilot.press(*"no", "enter")
        await until(pilot, lambda: "posted REV-0001" in shown(pilot.app))
        assert "0 of 4 lines done" in shown(pilot.app)

    drive(steps)
    ledger = ledger_of(books)
    assert matches(ledger) == []
    assert ledger.entry("REV-0001").narration == "Reversal of PAY-0001: no"


def test_another_line_is_found_and_what_needs_a_line_says_so(books):  # noqa: F811
    async def steps(pilot, desk):
        await pilot.press("f", *"24.00", "enter")
        await pilot.pause()
        assert desk.row.line.id == "L4"
        await pilot.press("f", *"nothing such", "enter")
        await pilot.pause()
        assert "no open line has `nothing such`" in shown(pilot.app)
        await pilot.press("m", "a")
        assert "that is for an open line, and none is here" in shown(pilot.app)

    drive(steps)


def test_a_signal_to_end_lets_what_was_decided_be_written(books):  # noqa: F811
    with Terminal(COMMAND) as term:
        term.wait(*READY, "Opening balance")
        term.press("a")
        term.wait("Bank   28 Apr 2026  1,200.00")
        os.kill(term.process.pid, signal.SIGTERM)
        assert term.end() == 130
    assert matches(ledger_of(books)) == [("opening", "OPN-0001")]


def test_the_screen_follows_the_size_of_the_terminal(books):  # noqa: F811
    async def steps(pilot, desk):
        await pilot.resize_terminal(150, 45)
        await until(pilot, lambda: "28 Apr 2026 1,200.00" in shown(pilot.app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "28 Apr 1,200.00" in shown(pilot.app))

    drive(steps)


def test_where_standard_error_goes_elsewhere_there_is_the_prompt(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr("acctkit.cli.prompt.work_through", lambda *given: asked.append(given))
    screens.work_through(CONTEXT, ACCOUNT, None)
    assert asked
    assert "leave 2> out" in capsys.readouterr().err


RULE = """
[[rule]]
name = "Charges"
when = { text = "CHARGES", sign = "out" }
account = "Expenses:Stationery"
vat = "E"
narration = "Bank charges"
"""


def test_a_suggested_coding_is_posted_with_its_evidence_and_reversed(books):  # noqa: F811
    (books.folder / "coding.toml").write_text(RULE)

    async def steps(pilot, desk):
        await pilot.press("down", "down", "p")
        await until(pilot, lambda: "rule Charges" in shown(pilot.app) and "Bank charges" in shown(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "posted PAY-0001" in shown(pilot.app))
        await pilot.press("m", "u")
        await until(pilot, lambda: "an entry that was posted with it is reversed" in shown(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "posted REV-0001" in shown(pilot.app))

    drive(steps)
    ledger = ledger_of(books)
    assert ledger.entry("PAY-0001").narration == "Bank charges"
    assert matches(ledger) == []


def test_what_is_typed_beside_a_suggestion_is_the_account(books):  # noqa: F811
    (books.folder / "coding.toml").write_text(RULE)

    async def steps(pilot, desk):
        await pilot.press("down", "down", "p")
        await until(pilot, lambda: "rule Charges" in shown(pilot.app) and "Bank charges" in shown(pilot.app))
        await pilot.press(*"gNowhere", "enter")
        await until(pilot, lambda: "there is no account `gNowhere`" in shown(pilot.app))
        await pilot.press("escape")
        assert desk.app.screen is desk

    drive(steps)
    assert ledger_of(books).entry("PAY-0001") is None


def test_rules_with_errors_are_said_and_an_account_can_still_be_typed(books):  # noqa: F811
    (books.folder / "coding.toml").write_text("[[rule]]\nname = 1\n")

    async def steps(pilot, desk):
        await pilot.press("down", "down", "p")
        await until(pilot, lambda: "name" in shown(pilot.app) and "looking how" not in shown(pilot.app))
        await pilot.press(*"Nowhere")
        assert "there is no account `Nowhere`" in shown(pilot.app)
        await pilot.press("escape")
        assert desk.app.screen is desk

    drive(steps)


def test_what_another_process_took_is_refused_in_words(books):  # noqa: F811
    async def steps(pilot, desk):
        await pilot.press("G", "k")
        other = Sitting(CONTEXT, ACCOUNT, None)
        proposal = other.proposal()
        row = next(row for row in proposal.unmatched_lines if row.line.id == "L3")
        other.write(accept(other, proposal, row, candidates(proposal, row)[0]))
        await pilot.press("2")
        await until(pilot, lambda: "Not written" in shown(pilot.app))
        assert "line L3 is matched already" in shown(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: "1 of 4 lines done" in shown(pilot.app))
        assert desk.refused == []

    drive(steps)
    assert len(words_of(read_bank(ledger_of(books), ACCOUNT), "L3")) == 1


def test_a_lock_that_another_holds_is_said_and_nothing_crashes(books):  # noqa: F811
    from acctkit.books import pen

    context = Context(None, date(2026, 5, 10), 100, is_terminal=True, colour=True, can_ask=True, lock_timeout=1)

    async def steps(pilot, desk):
        with pen.held(books, context.writer()):
            await pilot.press("a")
            await until(pilot, lambda: "Not written" in shown(pilot.app))
        assert "0 of 4 lines done" in shown(pilot.app)
        await pilot.press("escape", "home", "a")
        await until(pilot, lambda: matches(ledger_of(books)))

    drive(steps, context=context)


GUIDE = Path(__file__).parent.parent / "docs" / "guide.md"


def test_the_picture_in_the_guide(tmp_path, monkeypatch, update):
    for name in ("acct.toml", "journals", "statements", "coding.toml"):
        source = GUIDE.parent.parent / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        elif source.exists():
            shutil.copy(source, tmp_path)
    statement = GUIDE.parent.parent / "examples" / "statements" / "current-2026-03.ofx"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCT_TODAY", "2026-04-09")
    monkeypatch.setenv("ACCT_USER", "jo@acme.example")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert run(["import", str(statement), "--account", "1200"]) == 0
    seen = []

    async def steps(pilot, desk):
        await pilot.press(*["down"] * 5)
        seen.append(shown(pilot.app))

    drive(steps)
    text = GUIDE.read_text()
    before, rest = text.split("```screen\n")
    _, after = rest.split("\n```\n", 1)
    drawn = f"{before}```screen\n{seen[0]}\n```\n{after}"
    if update:
        GUIDE.write_text(drawn)
    else:
        assert text == drawn, "docs/guide.md shows another screen: pytest --update-transcripts"


@pytest.mark.parametrize(
    ("left", "right", "ours", "theirs"),
    [
        (
            "FPI LARKFIELD PRIMARY INV73",
            "Larkfield Academy INV-0073",
            ["LARKFIELD", "INV73"],
            ["Larkfield", "INV-0073"],
        ),
        ("CHQ 000229", "Teal & Rowe | Cheque 000229", ["CHQ 000229"], ["Cheque 000229"]),
        ("CARD ALDER PRI 1234", "Alder Printers Ltd", ["ALDER", "PRI"], ["Alder", "Printers"]),
        ("ROUTE 7", "Room 7", [], []),
    ],
)
def test_what_agrees_is_marked_in_both_texts(left, right, ours, theirs):
    found = common(left, right)
    assert [left[begin:end] for begin, end in found.left] == ours
    assert [right[begin:end] for begin, end in found.right] == theirs
