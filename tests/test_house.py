"""The house: which module may import which, who may touch the world, and how long a function may be."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from acctkit.problem import CODES

ROOT = Path(__file__).resolve().parent.parent / "src" / "acctkit"

# What each part of the house may import, besides itself. A file in no part fails.
TEXT = {"values", "journal"}
MEANING = TEXT | {"ledger"}
DOMAINS = {"allocation", "coding", "documents", "opening", "posting", "reconcile", "vat", "assets", "stock", "audit"}
DOMAINS |= {"brought_forward", "reports", "banking", "formats", "suppliers"}
EDGE = {"cli", "__main__"}
VALUES = {"__init__", "money", "period", "problem", "refs", "table"}
MAY_IMPORT = {
    "values": set(),
    "journal": {"values"},
    "ledger": TEXT,
    "matching": {"values"},
    **{domain: MEANING | {"matching"} for domain in DOMAINS},
    "control": MEANING | DOMAINS,
    "close": MEANING | {"matching", "control"} | DOMAINS,
    "books": MEANING | {"audit", "vat"},  # the pen seals; what is added is checked for its VAT
    **{part: MEANING | DOMAINS | EDGE | {"matching", "control", "close", "books"} for part in EDGE},
}

# Modules and calls that touch the world, and libraries that have one place.
WORLD = {"os", "pathlib", "subprocess", "glob", "sqlite3", "fcntl", "time", "tempfile", "shutil", "socket"}
WORLD_CALLS = {"open", "print", "input"}
CLOCK_CALLS = {"today", "now", "utcnow"}
ONLY_IN = {
    **{library: {"books", *EDGE} for library in WORLD},
    "rich": {"cli"},
    "textual": {"cli"},
    "tabulate": {"cli"},
    "typer": {"cli"},
    "pydantic": {"books"},
    "dateutil": {"period"},
}
MUTABLE = {"list", "dict", "set", "defaultdict", "Counter", "deque"}
LONGEST_FUNCTION = 60
LONGEST_FILE = 599

# Codes that no module raises yet. A code leaves this set when it is first raised.
UNUSED_YET: set[str] = set()


def part_of(path: str) -> str:
    """The part of the house a file belongs to: `journal` for `journal/parser.py`, `values` for `money.py`."""
    first = path.partition("/")[0].removesuffix(".py")
    return "values" if first in VALUES else first


def imported(tree: ast.AST) -> Iterator[str]:
    """What a file imports, anywhere in it, by its full name; `from . import x` begins with its dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (f"{module}.{alias.name}" for alias in node.names)


def called(node: ast.Call) -> str:
    """The last word of what is called."""
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def import_breaches(path: str, tree: ast.AST) -> Iterator[str]:
    own = part_of(path)
    if own not in MAY_IMPORT:
        yield f"{path} has no rung"
        return
    places = {own, path.removesuffix(".py")}
    for module in imported(tree):
        package, _, rest = module.partition(".")
        if package == "acctkit":
            other = rest.split(".")[0] or "values"
            other = "values" if other in VALUES or other == "__version__" else other
            if other != own and other not in MAY_IMPORT[own]:
                yield f"{own} may not import {module}"
        elif not package:
            yield f"relative import {module}"
        elif package in ONLY_IN and not places & ONLY_IN[package]:
            yield f"{package} is imported outside {' and '.join(sorted(ONLY_IN[package]))}"


def world_breaches(path: str, tree: ast.AST) -> Iterator[str]:
    if part_of(path) in {"books", *EDGE}:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            bare = isinstance(node.func, ast.Name)
            name = called(node)
            if name in (WORLD_CALLS if bare else CLOCK_CALLS):
                yield f"line {node.lineno}: calls {name}()"


def float_breaches(path: str, tree: ast.AST) -> Iterator[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) == "isinstance"]
    asked = {id(part) for call in calls for part in ast.walk(call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "float" and id(node) not in asked:
            yield f"line {node.lineno}: uses float"
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and part_of(path) not in ("books", "cli"):
            yield f"line {node.lineno}: a float literal"


def shape_breaches(source: str, tree: ast.Module) -> Iterator[str]:
    if not ast.get_docstring(tree):
        yield "no docstring"
    if (count := len(source.splitlines())) > LONGEST_FILE:
        yield f"{count} lines in one file"
    if left := re.search(r"\b(TODO|FIXME|XXX)\b", source):
        yield f"left over: {left[0]}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = (node.end_lineno or 0) - node.lineno + 1
            if count > LONGEST_FUNCTION:
                yield f"line {node.lineno}: {node.name} has {count} lines"
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and is_mutable(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (target.id for target in targets if isinstance(target, ast.Name)):
                if not name.strip("_").isupper() and name != "__all__":
                    yield f"line {node.lineno}: {name} is mutable and not a constant"


def is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        return called(value) in MUTABLE
    return isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


def breaches(path: str, source: str) -> list[str]:
    """Every rule of the house a file breaks."""
    try:
        tree = ast.parse(source)
    except SyntaxError as reason:
        return [f"line {reason.lineno}: not Python 3.11: {reason.msg}"]
    checks = (import_breaches, world_breaches, float_breaches)
    return [breach for check in checks for breach in check(path, tree)] + list(shape_breaches(source, tree))


def truncations(source: str) -> int:
    """How many calls in a source shorten a file; opening one to write it anew counts."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return sum("truncate" in called(call) for call in calls) + source.count("O_TRUNC")


def codes_in(path: str, source: str) -> set[str]:
    """The problem codes a file names; problem.py itself only lists them."""
    if path == "problem.py":
        return set()
    return set(re.findall(r'"([A-Z][1-9]\d\d)"', source))


FILES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in sorted(ROOT.rglob("*.py"))}
USED = {code for path, source in FILES.items() for code in codes_in(path, source)}


@pytest.mark.parametrize("path", FILES)
def test_a_file_keeps_the_rules(path):
    assert breaches(path, FILES[path]) == []


def test_one_truncation_in_the_program():
    """Books only grow; what is taken back is an append that was cut off."""
    found = {path: truncations(source) for path, source in FILES.items() if truncations(source)}
    assert found == {"books/lock.py": 1}
    assert truncations("file.truncate(0)\nos.ftruncate(fd, 1)\nos.open(p, os.O_TRUNC)") == 3


def test_no_module_imports_itself_in_a_circle():
    names = {"acctkit." + re.sub(r"(/__init__)?\.py$", "", path).replace("/", "."): path for path in FILES}
    above = {}
    for name, path in names.items():
        wholes = [f"{whole}." for whole in imported(ast.parse(FILES[path]))]
        holders = ([n for n in names if whole.startswith(f"{n}.")] for whole in wholes)
        above[name] = {max(holder, key=len) for holder in holders if holder}
    while free := {name for name, needs in above.items() if not needs & above.keys()}:
        above = {name: needs for name, needs in above.items() if name not in free}
    assert above == {}


def test_problem_codes():
    assert USED - CODES.keys() == set(), "codes without a title in problem.CODES"
    assert CODES.keys() - USED == UNUSED_YET, "UNUSED_YET lists exactly the codes that nothing raises"


SOUND = '"""A module."""\n'
PLANTED = {
    "may not import acctkit.ledger": ("journal/x.py", SOUND + "from acctkit.ledger.ledger import Ledger"),
    "may not import acctkit.banking.ofx": ("reconcile.py", SOUND + "def f():\n  import acctkit.banking.ofx"),
    "may not import acctkit.reports": ("books/pen.py", SOUND + "from acctkit import reports"),
    "may not import acctkit.journal.parser": ("matching.py", SOUND + "import acctkit.journal.parser"),
    "relative import": ("ledger/x.py", SOUND + "from . import lots"),
    "has no rung": ("utils.py", SOUND),
    "os is imported outside": ("stock.py", SOUND + "import os.path"),
    "rich is imported outside": ("books/x.py", SOUND + "from rich.console import Console"),
    "pydantic is imported outside": ("cli/x.py", SOUND + "import pydantic"),
    "dateutil is imported outside": ("money.py", SOUND + "from dateutil import relativedelta"),
    "calls open()": ("audit.py", SOUND + "text = open('x').read()"),
    "calls today()": ("close.py", SOUND + "day = date.today()"),
    "calls print()": ("reports/x.py", SOUND + "print(1)"),
    "uses float": ("money.py", SOUND + "def f(x: float | None): return x"),
    "2: uses float": ("cli/x.py", SOUND + "x = float('1')"),
    "a float literal": ("vat/x.py", SOUND + "RATE = 0.2"),
    "no docstring": ("period.py", "X = 1"),
    "61 lines": ("period.py", SOUND + "def f():\n" + "    pass\n" * 60),
    "600 lines in one file": ("period.py", SOUND + "\n" * 599),
    "seen is mutable": ("period.py", SOUND + "seen: set[str] = set()"),
    "left over": ("period.py", SOUND + "# " + "FIX" + "ME"),
}


@pytest.mark.parametrize("said", PLANTED)
def test_a_planted_breach_is_found(said):
    found = breaches(*PLANTED[said])
    assert len(found) == 1, found
    assert said in found[0]


def test_sound_sources_pass():
    assert breaches("period.py", SOUND + "from dateutil import rrule\nSAFE = {isinstance(1, float): 2}") == []
    assert breaches("cli/show.py", SOUND + "import rich\nfrom acctkit.books import pen\nprint(0.5)") == []
    assert breaches("__main__.py", SOUND + "from acctkit.cli import app") == []
    assert codes_in("vat/x.py", 'error("V501", "C79")') == {"V501"}
