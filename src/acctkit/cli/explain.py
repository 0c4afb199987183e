"""acct explain."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import resources
from typing import Annotated

import typer

from acctkit.problem import CODES, TOPICS, refusal

_WIDTH = 80
_INDENT = "    "
_LOOK_LIKE_DIGITS = str.maketrans("OIS", "015")
# What stands before the blocks of a page, in their order, where the page itself says nothing.
_LEADS = {"beancount": "For example:", "text": "acct check says:", "console": "For example:"}


def explain(
    code: Annotated[str, typer.Argument(help="A problem's code, such as L201, or the letter of a topic.")] = "",
) -> None:
    """Explain a problem by its code: what it means, how it comes about, and its cure.

    Without a code it lists them all.

    Example: acct explain L201
    """
    wanted = code.upper()
    if not wanted or wanted in TOPICS:
        text = _listed(wanted)
    elif wanted in CODES:
        text = _rendered(_page(wanted))
    else:
        raise refusal("X907", f"there is no problem `{code}`", _near(wanted))
    sys.stdout.write(text)


def _near(wanted: str) -> str:
    """A hint at the codes that may have been meant: by their spelling, their number, or a word of their titles."""
    digits = wanted.lstrip("".join(TOPICS)).translate(_LOOK_LIKE_DIGITS)
    near = [code for code in CODES if code == (wanted[:1] + digits)[:4] or code[1:] == wanted]
    near = near or get_close_matches(wanted, CODES, n=1)
    near = near or [code for code, title in CODES.items() if wanted in title.upper()]
    listed = " or ".join(f"{code}, {CODES[code]}" for code in near[:3])
    return f"did you mean {listed}?" if near else "acct explain, without a code, lists them all"


def _listed(topic: str) -> str:
    """Every code with its title, by topic; or those of one topic."""
    parts = []
    for letter, title in TOPICS.items():
        if topic in ("", letter):
            lines = [f"  {code}  {what}\n" for code, what in CODES.items() if code[0] == letter]
            parts.append(f"{title}\n" + "".join(lines))
    return "\n".join(parts)


def _page(code: str) -> str:
    return (resources.files("acctkit") / "data" / "problems" / f"{code}.md").read_text(encoding="utf-8")


def _rendered(page: str) -> str:
    """A page as plain text: paragraphs filled, blocks indented, with a line before those that have none."""
    return "\n\n".join(_parts(page.splitlines())) + "\n"


def _parts(lines: list[str]) -> Iterator[str]:
    """The title, paragraphs and blocks of a page."""
    said = ""  # the latest paragraph since the last block
    at = 0
    while at < len(lines):
        start = at
        if lines[at].startswith("```"):
            kind = lines[at].strip("`").split()[0]
            at = lines.index("```", at + 1)
            block = lines[start + 1 : at]
            if not said.endswith(":"):
                yield _LEADS["console" if block[0].startswith("$ ") else kind]
            yield textwrap.indent("\n".join(block if kind == "beancount" else map(_folded, block)), _INDENT)
            at += 1
            said = ""
            continue
        while at < len(lines) and lines[at] and not lines[at].startswith("```"):
            at += 1
        if said_now := " ".join(lines[start:at]):
            said = said_now
            yield _filled(said)
        at += at == start


def _folded(line: str) -> str:
    """A line that acct prints; a sentence too long for the width goes on below, a line of a file does not."""
    width = _WIDTH - len(_INDENT)
    if len(line) <= width or " | " in line or line.startswith(("$ ", "> ")):
        return line
    hanging = " " * (len(line) - len(line.lstrip()) + 6)
    return textwrap.fill(line, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)


def _filled(paragraph: str) -> str:
    text = paragraph.removeprefix("# ")
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
