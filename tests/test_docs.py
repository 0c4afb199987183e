"""The documentation: the page of problems is what the tests prove, and nothing the program does is left out."""

import re
from pathlib import Path

import typer.main

from acctkit.cli import COMMANDS, app
from acctkit.problem import CODES, TOPICS
from test_problems import PAGES

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"
PROBLEMS = DOCS / "problems.md"
HEAD = """\
# Problems

Every problem has a code, a place, a sentence and a hint. Errors make the books wrong, and the exit code 1; warnings
are worth a look. `acct explain CODE` shows what stands here of one.
"""


def problems_page():
    """The page as it should be: a list of all codes, then each with its failing journal and its cure."""
    parts = [HEAD]
    for letter, topic in TOPICS.items():
        parts.append(f"\n## {topic}\n\n")
        parts += [f"- {code}: {title}\n" for code, title in CODES.items() if code[0] == letter]
        parts += ["\n" + re.sub(r"^# ", "### ", PAGES[c].read_text(), count=1) for c in CODES if c[0] == letter]
    return "".join(parts)


def test_the_page_of_problems_is_fresh(update):
    if update:
        PROBLEMS.write_text(problems_page())
    assert PROBLEMS.read_text() == problems_page()


def test_every_command_and_format_is_documented():
    text = "".join(path.read_text() for path in [HERE.parent / "README.md", *DOCS.glob("*.md")])
    for name in COMMANDS:
        assert f"acct {name}" in text, name
    group = typer.main.get_group(app)
    context = typer.Context(group)
    for name in ("post", "match", "vat", "audit"):
        command = group.get_command(context, name)
        for inner in command.commands.values():
            if not inner.hidden:
                assert f"acct {name} {inner.name}" in text, f"acct {name} {inner.name}"


def test_every_json_answer_is_documented():
    source = "".join(path.read_text() for path in (HERE.parent / "src").rglob("*.py"))
    schemas = set(re.findall(r'"(acctkit\.[a-z-]+/\d+)"', source))
    page = (DOCS / "json.md").read_text()
    assert schemas
    assert [schema for schema in sorted(schemas) if schema not in page] == []
