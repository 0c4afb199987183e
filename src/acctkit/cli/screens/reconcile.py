"""The full screen of a reconciliation: lines on the left, what the line may be on the right, the evidence below."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from datetime import date
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.widgets import Input

from acctkit.cli.context import Context
from acctkit.cli.reconciling import Sitting
from acctkit.cli.screens import acting
from acctkit.cli.screens.board import EVIDENCE, READ, Board
from acctkit.cli.screens.dialogs import CSS as DIALOGS
from acctkit.cli.screens.dialogs import Told
from acctkit.cli.screens.help import HELP
from acctkit.cli.show import show_problems, tell

_LAST = 1 << 30


class Desk(Board):
    """The board with its keys. What a key does that must ask first stands in `acting`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,shift+tab,left,right", "other_list", show=False),
        Binding("a,enter", "accept", show=False),
        Binding("A", "accept_above", show=False),
        *(Binding(str(n), f"accept({n})", show=False) for n in range(1, 10)),
        Binding("space", "choose", show=False),
        Binding("d", "split", show=False),
        Binding("p", "post", show=False),
        Binding("q", "query", show=False),
        Binding("s", "skip", show=False),
        Binding("u", "undo", show=False),
        Binding("slash", "filter", show=False),
        Binding("f", "find_line", show=False),
        Binding("m", "matched", show=False),
        Binding("r", "again", show=False),
        Binding("question_mark", "help", show=False),
        Binding("escape", "escape", show=False),
        Binding("x", "app.stop", show=False),
    ]

    def action_other_list(self) -> None:
        """The keys go to the other list."""
        self.set_focus(self.line_rows if self.focused is self.candidate_rows else self.candidate_rows)

    def action_skip(self) -> None:
        """Leave the line for another sitting."""
        if self.row is not None:
            self.sitting.skipped.add(self.row.line.id)
            self.next_line()

    def action_matched(self) -> None:
        """The lines that are matched, or the open ones again."""
        self.in_matched = not self.in_matched
        self.words = ""
        self.show_lines(_LAST if self.in_matched else 0)
        self.show_candidates()
        self.set_focus(self.line_rows)

    def action_filter(self) -> None:
        """Look for an entry."""
        if self.row is not None:
            box = self.query_one("#filter", Input)
            box.display = True
            self.query_one("#message").display = False
            box.value = self.words
            self.set_focus(box)

    def action_find_line(self) -> None:
        """Go to the next line with some words."""
        acting.find_line(self)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits while it is typed."""
        if event.input.id == "filter" and event.input.display:
            self.words = event.value.strip()
            self.show_candidates()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The entries found stay; the cursor goes to them."""
        if event.input.id == "filter":
            self._close_filter()
            self.set_focus(self.candidate_rows)

    def action_escape(self) -> None:
        """Out of the search, the choice, or the matched lines."""
        if self.in_matched:
            self.action_matched()
            return
        self.words, self.chosen = "", []
        self._close_filter()
        self.show_candidates()
        self.set_focus(self.line_rows)

    def _close_filter(self) -> None:
        box = self.query_one("#filter", Input)
        box.display = False
        self.query_one("#message").display = True

    def action_help(self) -> None:
        """The keys."""
        self.app.push_screen(Told("Keys", HELP))

    # Deciding. What each key does stands in `acting`.

    def action_accept(self, number: int = 0) -> None:
        """The line is the candidate under the cursor, or that of a number, or those chosen."""
        if number and self.row is not None and number > len(self.candidates):
            self.say(f"there is no candidate {number}")
            return
        acting.accept_line(self, self.candidates[number - 1] if number else self.candidate)

    def action_accept_above(self) -> None:
        """All that was found for the lines down to the cursor."""
        acting.accept_above(self)

    def action_choose(self) -> None:
        """Put a candidate to those that make the line together."""
        candidate = self.candidate
        if candidate is not None:
            acting.choose(self, candidate)

    def action_split(self) -> None:
        """Say how much of the line each entry is."""
        acting.split_line(self)

    def action_post(self) -> None:
        """A new entry for the line."""
        acting.post_new(self)

    def action_query(self) -> None:
        """A question to somebody."""
        acting.query(self)

    def action_undo(self) -> None:
        """Take the last decision back, or the match under the cursor."""
        acting.undo(self)

    def action_again(self) -> None:
        """Read the books anew."""
        self.say("reading the books…")
        self.jobs.put_nowait(READ)


class ReconcileApp(App[None]):
    """The program in the terminal while a reconciliation is on its screen."""

    TITLE = "acct reconcile"
    ENABLE_COMMAND_PALETTE = False
    CSS = f"""
    Desk {{ layout: vertical; background: ansi_default; color: ansi_default; }}
    #title {{ height: 1; padding: 0 1; }}
    #figures {{ height: 2; padding: 0 1; margin-bottom: 1; }}
    #lists {{ height: 1fr; }}
    #left {{ width: 47%; padding: 0 1; }}
    #right {{ width: 1fr; padding: 0 1; border-left: solid ansi_bright_black; }}
    .head {{ height: 1; }}
    Rows {{ height: 1fr; background: ansi_default; color: ansi_default;
        scrollbar-color: ansi_bright_black; scrollbar-background: ansi_default;
        scrollbar-color-hover: ansi_bright_black; scrollbar-background-hover: ansi_default;
        scrollbar-color-active: ansi_bright_black; scrollbar-background-active: ansi_default; }}
    #evidence {{ height: {EVIDENCE}; padding: 0 1; border-top: solid ansi_bright_black; }}
    #message {{ height: 1; padding: 0 1; }}
    #filter {{ height: 1; border: none; padding: 0 1; background: ansi_default; display: none; }}
    #keys {{ height: auto; padding: 0 1; }}
    {DIALOGS}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "break_off", show=False, priority=True),
        Binding("ctrl+q", "stop", show=False, priority=True),
    ]

    def __init__(self, sitting: Sitting) -> None:
        super().__init__(ansi_color=True)
        self.desk = Desk(sitting)
        self.was_broken_off = False
        sitting.waiting = self.desk.tell_from_thread
        sitting.progress = self.desk.progress_from_thread

    def on_mount(self) -> None:
        """Show the desk; a signal to end lets what was decided be written."""
        self.push_screen(self.desk)
        with suppress(RuntimeError, ValueError):  # only the main thread hears signals
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(name, self.action_break_off)

    def action_break_off(self) -> None:
        """Leave as after Ctrl-C at a prompt, all the same when all that was decided is written."""
        self.was_broken_off = True
        self.action_stop()

    def action_stop(self) -> None:
        """Leave when all that was decided is written."""
        self._after_keys(list((self.focused or self.desk).ancestors_with_self))

    def _after_keys(self, way: list[DOMNode]) -> None:
        """Leave when the keys pressed before were heard: they go from what has the focus up to the app."""
        if way:
            way[0].call_later(self._after_keys, way[1:])
            return
        if self.desk.writing:
            self.desk.say("writing what was decided…")
        self.run_worker(self._leave(), exclusive=True)

    async def _leave(self) -> None:
        await self.desk.all_written.wait()
        self.exit()

    def _fatal_error(self) -> None:
        """A bug ends the screen; whoever ran it says so."""
        self._close_messages_no_wait()


def work_through(context: Context, account: str, day: date | None) -> None:
    """Show the screen until the person leaves it. Nothing decided is ever lost."""
    app = ReconcileApp(Sitting(context, account, day))
    app.run()
    if app._exception is not None:  # noqa: SLF001 - textual shows it, and keeps it nowhere else
        raise app._exception  # noqa: SLF001
    for reason in app.desk.refused:
        show_problems(reason.problems, sys.stderr)
    if app.was_broken_off:
        tell("stopped: every answer so far is in the books" if not app.desk.refused else "stopped")
        raise KeyboardInterrupt
