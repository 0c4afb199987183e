"""What stands in books, or comes from outside, can run nothing, reach nothing and reveal nothing: each is tried."""

import os

import pytest

from acctkit.books.private import as_open_as
from acctkit.books.proof import prove
from acctkit.books.reader import open_books
from acctkit.books.root import find_root
from acctkit.cli import run

EVIL = "=HYPERLINK(1) <script>alert(1)</script> \x1b]0;owned\x07\x1b[2J"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """New books, made under a generous umask."""
    monkeypatch.setenv("ACCT_TODAY", "2026-05-06")
    monkeypatch.setenv("ACCT_USER", "jo@acme.example")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = os.umask(0o022)
    assert run(["init", str(tmp_path / "books")]) == 0
    yield tmp_path / "books"
    os.umask(before)


def acct(folder, *words):
    return run(["-f", str(folder), *words])


@pytest.mark.parametrize("there", [True, False])
def test_nothing_is_posted_through_a_link_that_leads_out(folder, capsys, there):
    away = folder.parent / "profile"
    if there:
        away.write_text("; mine\n")
    (folder / "journals" / "2026").mkdir(exist_ok=True)
    (folder / "journals" / "2026" / "2026-05.beancount").symlink_to(away)
    for words in (["post", "journal", "7100 5.00", "1200 -5.00", "-m", "Rent", "-y"], ["seal"]):
        assert acct(folder, *words) == 2
        assert not there or "link that leads out of the journals" in capsys.readouterr().err
        assert (away.read_text() == "; mine\n") if there else not away.exists()


def test_new_files_are_the_users_alone(folder):
    assert acct(folder, "post", "journal", "7100 5.00", "1200 -5.00", "-m", "Rent", "-y") == 0
    csv = folder.parent / "bank.csv"
    csv.write_text("id,date,description,amount\n1,2026-05-06,x,-5.00\n")
    assert acct(folder, "import", str(csv), "--account", "1200") in (0, 3)
    for name, form in (("tb.txt", "plain"), ("tb.html", "html"), ("tb.json", "json")):
        assert acct(folder, "tb", "-O", form, "-o", str(folder / name)) == 0
    made = [folder, *folder.rglob("*")]
    assert len(made) > 12
    assert [str(path) for path in made if path.stat().st_mode & 0o077] == []
    cache = folder.parent / "cache"
    assert [str(path) for path in cache.rglob("*") if path.is_file() and path.stat().st_mode & 0o077] == []


def test_books_that_a_group_shares_stay_shared(folder, tmp_path):
    for mode, expected in ((0o700, 0o600), (0o750, 0o640), (0o775, 0o664)):
        tmp_path.chmod(mode)
        assert as_open_as(tmp_path / "2026" / "x") == expected
    tmp_path.chmod(0o700)


def test_a_journal_runs_nothing(folder):
    marker = folder.parent / "ran"
    code = f"open({str(marker)!r}, 'w')\n__plugins__ = ()\n"
    (folder / "evil.py").write_text(code)
    (folder / "journals" / "evil.py").write_text(code)
    main = folder / "journals" / "main.beancount"
    lines = 'option "insert_pythonpath" "TRUE"\nplugin "evil" "__import__(\'os\').system(\'true\')"\n'
    main.write_text(lines + main.read_text())
    acct(folder, "check")
    acct(folder, "tb")
    acct(folder, "audit", "verify")
    assert not marker.exists()


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "statements/../../secret", "statements/link"])
def test_evidence_outside_the_books_is_not_read(folder, name):
    import hashlib

    secret = folder.parent / "secret"
    secret.write_bytes(b"secret")
    (folder / "statements" / "link").symlink_to(secret)
    digest = hashlib.sha256(b"secret").hexdigest()
    text = f'2026-05-06 custom "statement" "S" Assets:Bank:Current 0.00 GBP\n  file: "{name}"\n  sha256: "{digest}"\n'
    target = folder / "journals" / "2026" / "2026-05.beancount"
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)
    proof = prove(open_books(find_root(str(folder), {}, folder), ()), [])
    assert ["outside the folder" in problem.message for problem in proof.differences if problem.code == "A607"] == [
        True
    ]


def test_a_payees_name_is_no_formula_script_or_command(folder, capsys, tmp_path):
    entry = tmp_path / "evil.beancount"
    quoted = EVIL.replace('"', "'")
    entry.write_text(
        f'2026-05-06 * "{quoted}" "{quoted}"\n  Expenses:Rent  5.00 GBP\n  Assets:Bank:Current  -5.00 GBP\n'
    )
    acct(folder, "post", str(entry), "-y")
    capsys.readouterr()
    for form in ("plain", "table", "csv", "json", "html", "markdown"):
        for words in (("ledger", "7100"), ("audit", "sample"), ("audit", "trail", "JNL-0001")):
            acct(folder, *words, "-O", form)
            out = capsys.readouterr().out
            assert "\x1b" not in out, (form, words)
            assert "\x07" not in out
            if form == "html":
                assert "<script>" not in out
            if form == "csv":
                cells = [cell.strip('"') for line in out.splitlines() for cell in line.split(",")]
                assert not any(cell.startswith(("=", "@", "+")) for cell in cells)
