"""Full screens in a terminal, drawn with textual; nothing of it is imported where they are not shown."""

from __future__ import annotations

import gc
import os
import sys
from datetime import date
from importlib.util import find_spec

from acctkit.cli.context import Context
from acctkit.cli.show import tell


def work_through(context: Context, account: str, day: date | None) -> None:
    """Work through an account's open lines: on a full screen where there can be one, else at the plain prompt."""
    from acctkit.cli import prompt

    gc.enable()  # the books are read again after every answer
    if why := _why_plain():
        tell(why)
        prompt.work_through(context, account, day)
        return
    from acctkit.cli.screens import reconcile

    reconcile.work_through(context, account, day)


def _why_plain() -> str:
    """Why there is no full screen, and what to do for one; "" where there is one."""
    if os.environ.get("TERM") == "dumb":
        return "this terminal has no full screen: TERM is dumb"
    if not sys.stderr.isatty():
        return "the full screen is drawn on standard error, which goes elsewhere: leave 2> out"
    if find_spec("textual") is None:
        return "for a full screen: pip install 'acctkit[tui]', or pip install textual"
    return ""
