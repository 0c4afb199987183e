"""The command line: which commands there are, where they live, and how a run ends.

A command's module is imported when it runs. Exit codes: 0 done; 1 done, but the books have errors; 2 nothing
was done; 3 done, items are left for a person; 70 a bug; 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import importlib
import io
import os
import re
import shlex
import sys
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import typer
import typer.core

from acctkit import __version__
from acctkit.cli.context import make_context
from acctkit.problem import Refusal

DONE, ERRORS, NOTHING_DONE, ITEMS_LEFT, BUG, STOPPED = 0, 1, 2, 3, 70, 130

# Each command: its module here, its function or group there, and one line of help.
COMMANDS = {
    "init": ("start", "init", "Begin a new set of books."),
    "check": ("check", "check", "Check the books: text, arithmetic, records, VAT codes, seals."),
    "post": ("post", "post", "Post entries: from a file, or an invoice, bill, receipt, payment or journal."),
    "reverse": ("post", "reverse", "Reverse an entry by its ref."),
    "seal": ("post", "seal", "Seal what was typed in an editor."),
    "merge": ("merge", "merge", "Merge a branch of the books."),
    "import": ("bank", "import_", "Import a bank or card statement."),
    "reconcile": ("reconcile", "reconcile", "Reconcile a bank or card account with its statements."),
    "code": ("code", "code", "Code bank and card lines that have no entry: by rules, and by what was done before."),
    "match": ("match", "match", "Match payments with invoices."),
    "tb": ("report", "tb", "Print the trial balance."),
    "ledger": ("report", "ledger", "Print the ledger of one account."),
    "aged": ("report", "aged", "Print aged debtors or creditors."),
    "vat": ("vat", "vat", "Prepare the VAT return."),
    "lock": ("lock", "lock", "Close a period, or list what is closed."),
    "approve": ("approve", "approve", "Approve what somebody else posted, or list what waits."),
    "audit": ("audit", "audit", "Prove that nothing was altered; what an auditor asks for."),
    "export": ("export", "export", "Write the books as authorities want them: FEC, GoBD, SAF-T."),
    "convert": ("convert", "convert", "Print any books as one canonical file."),
    "explain": ("explain", "explain", "Explain a problem by its code."),
}


class Commands(typer.core.TyperGroup):
    """The group of all commands, each loaded when it is called."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override] # noqa: ARG002
        """The names in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override] # noqa: ANN401
        """Import a command's module and make its command."""
        if cmd_name not in COMMANDS:
            near = get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else " `acct --help` lists the commands."
            raise typer.BadParameter(f"there is no command `{cmd_name}`.{hint}", ctx)
        module, attribute, _ = COMMANDS[cmd_name]
        target = getattr(importlib.import_module(f"acctkit.cli.{module}"), attribute)
        if not isinstance(target, typer.Typer):
            app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
            app.command(cmd_name)(target)
            target = app
        command = typer.main.get_command(target)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override] # noqa: ANN401, ARG002
        """The list of commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_text) for name, (_, _, help_text) in COMMANDS.items()])


app = typer.Typer(
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"acct {__version__}")
        raise typer.Exit


@app.callback()
def _acct(
    ctx: typer.Context,
    file: str = typer.Option("", "-f", "--file", metavar="PATH", help="A folder with an acct.toml, or a journal file."),
    today: str = typer.Option("", "--today", metavar="DAY", help="The day to take as today (also $ACCT_TODAY)."),
    lock_timeout: int = typer.Option(
        30, "--lock-timeout", metavar="SECONDS", min=0, help="How long to wait for another process that writes."
    ),
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """Keep accounts in plain text: post, import, reconcile, match, report, file VAT.

    Without -f the books are $ACCT_BOOK, else the nearest acct.toml upwards from here.

    Example: acct -f books tb --as-of 2026-03-31
    """
    del version
    ctx.obj = make_context(file or None, today or None, ctx.invoked_subcommand or "", lock_timeout)


def run(arguments: list[str]) -> int:
    """Run a command line and give its exit code; every way of ending is here."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what the terminal has no sign for is shown escaped
    try:
        result = app(_globals_first(arguments), standalone_mode=False, prog_name="acct")
        sys.stdout.flush()
    except Refusal as reason:
        from acctkit.cli.load import pasteable
        from acctkit.cli.show import show_problems

        show_problems(pasteable(reason.problems, _file_of(arguments)), sys.stderr)
        return NOTHING_DONE
    except (KeyboardInterrupt, typer.Abort):
        print("\nstopped", file=sys.stderr)
        return STOPPED
    except typer.TyperException as reason:
        cast("Any", reason).show()
        if hint := _file_hint(str(getattr(reason, "message", "")), arguments):
            print(hint, file=sys.stderr)
        return NOTHING_DONE
    except BrokenPipeError:  # the reader went away, as `acct tb | head` does
        _silence()
        return DONE
    except Exception as reason:
        if os.environ.get("ACCT_DEBUG"):
            raise
        where = _where(reason)
        print(
            f"acct: a bug: {type(reason).__name__}: {reason} ({where}). Please report it with the command.",
            file=sys.stderr,
        )
        return BUG
    return result if isinstance(result, int) else DONE


def _file_hint(message: str, arguments: list[str]) -> str:
    """How to name the books, where a command was given a path that it does not take."""
    extra = re.fullmatch(r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)", message)
    path = extra[1] if extra else ""
    if path not in arguments or _file_of(arguments) or not Path(path).exists():
        return ""
    rest = [word for word in arguments if word != path]
    return f"the books are named with -f: acct -f {shlex.join([path, *rest])}"


def _file_of(arguments: list[str]) -> str:
    """The books that a command line names with -f, "" where it names none."""
    words = _globals_first(arguments)
    named = [after for word, after in pairwise(words) if word in ("-f", "--file")]
    named += [word.partition("=")[2] for word in words if word.startswith("--file=")]
    return named[-1] if named else ""


def _silence() -> None:
    """Let what is still buffered go nowhere, so that closing standard output says nothing more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _where(reason: BaseException) -> str:
    """The innermost place of our own in a traceback."""
    trace = reason.__traceback__
    place = ""
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("acctkit"):
            place = f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place or "no place known"


def _globals_first(arguments: list[str]) -> list[str]:
    """Put the options of every command before it, where they stand after it, as hledger's users write them."""
    first: list[str] = []
    rest: list[str] = []
    index = 0
    while index < len(arguments):
        word = arguments[index]
        if word == "--":
            return [*first, *rest, *arguments[index:]]
        if word in ("-f", "--file", "--today", "--lock-timeout") and index + 1 < len(arguments):
            first += arguments[index : index + 2]
            index += 1
        elif word.startswith(("--file=", "--today=", "--lock-timeout=")):
            first.append(word)
        else:
            rest.append(word)
        index += 1
    return first + rest
