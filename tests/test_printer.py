"""Any book printed canonically: it reads back as the same values, and printing it again changes nothing."""

import dataclasses
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from acctkit.cli import run
from acctkit.journal.entries import Account, Commodity, Entry, Money, Posting, Tag
from acctkit.journal.parser import parse
from acctkit.journal.printer import book_text
from acctkit.journal.source import Source
from acctkit.journal.writer import quote, value_text
from acctkit.ledger.plugins import in_order
from strategies import account_names, any_days, commodity_names, damaged, journals, keys, numbers, texts, values, words
from test_properties import same

PLACES = ("source", "line", "last_line")


def plain(value):
    """A directive or posting as a list of its values, without its place."""
    if isinstance(value, Entry | Posting):
        fields = [f.name for f in dataclasses.fields(value) if f.name not in PLACES]
        return [type(value).__name__, *(plain(getattr(value, name)) for name in fields)]
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple) and not isinstance(value, Money):
        return [plain(part) for part in value]
    return value


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return parse(Source("x.beancount", data))


def printed(parsed):
    return book_text(in_order(parsed.entries), parsed.options, parsed.plugins)


def assert_kept(text):
    """Print a journal, read it back: the same values; and printed again, the same text."""
    before = read(text)
    out = printed(before)
    after = read(out)
    kept = in_order(before.entries)
    assert len(after.entries) == len(kept), out
    for one, other in zip(kept, after.entries, strict=True):
        assert same(plain(one), plain(other)), out
    assert [option[:2] for option in after.options] == [option[:2] for option in before.options]
    assert [plugin[:2] for plugin in after.plugins] == [plugin[:2] for plugin in before.plugins]
    assert not after.includes
    assert printed(after) == out


# Whatever can stand in a journal.


@given(journals())
def test_a_journal_keeps_its_values(text):
    assert_kept(text)


@given(damaged())
@example(b'2026-01-01 * "x"\n  Assets:A  1 X {{GBP}} @@\n  Assets:B\n')
@example(b'2026-01-01 custom "x" 1 (-2) (-3) GBP\n')
@example(b'2026-01-01 note Assets:A "a\nb\tc\\\\n" #x ^y\n')
def test_a_damaged_journal_keeps_what_was_read(data):
    assert_kept(data)


optional_numbers = st.none() | numbers().map(abs)
optional_names = st.none() | commodity_names


@st.composite
def amounts(draw, mark=""):
    """An amount either part of which may be left out."""
    number, commodity = draw(optional_numbers), draw(optional_names)
    return " ".join(part for part in (mark, "" if number is None else f"{number:f}", commodity or "") if part)


@st.composite
def costs(draw):
    """What stands in braces, in any of its forms, its parts in any order."""
    number, other, name = draw(optional_numbers), draw(optional_numbers), draw(optional_names)
    middle = draw(st.sampled_from(["", "#"]))
    words_of = ["" if number is None else f"{number:f}", middle, f"{other:f}" if middle and other is not None else ""]
    parts = [" ".join([*words_of, name or ""]).strip()]
    parts[0] += " " if name and len(name) == 1 else ""  # a letter is a commodity where a blank follows
    parts.append(draw(st.sampled_from(["", str(draw(any_days))])))
    parts.append(draw(st.sampled_from(["", quote(draw(texts))])))
    inside = ", ".join(draw(st.permutations([part for part in parts if part])))
    return draw(st.sampled_from(["{%s}", "{{%s}}"])) % inside


@st.composite
def full_transactions(draw):
    """A transaction with everything that can stand in one; whether it balances is another matter."""
    flag = draw(st.sampled_from([*"*!&?%PSTCURM", "txn"]))
    lines = [f"{draw(any_days)} {flag} " + " ".join(quote(text) for text in draw(st.lists(texts, max_size=2)))]
    lines[0] += "".join(draw(st.lists(words.map(" #{}".format) | words.map(" ^{}".format), max_size=3)))
    meta = st.builds("{}: {}".format, keys, values.map(value_text))
    lines += [f"  {line}" for line in draw(st.lists(meta, max_size=2))]
    for _ in range(draw(st.integers(0, 3))):
        posting = [draw(st.sampled_from(["", "!", "*", "P"])), draw(account_names)]
        sign = draw(st.sampled_from(["", "-"]))
        units = draw(amounts())
        posting.append(f"{sign}{units}" if units[:1].isdigit() else units)
        posting += draw(st.tuples(st.just("") | costs(), st.just("") | amounts("@") | amounts("@@")))
        lines.append("  " + " ".join(part for part in posting if part))
        lines += [f"    {line}" for line in draw(st.lists(meta, max_size=1))]
    return "\n".join(lines) + "\n"


@given(st.lists(full_transactions(), max_size=3), words, keys, values)
def test_everything_in_a_transaction_is_kept(written, tag, key, value):
    pushed = [f"pushtag #{tag}\npushmeta {key}: {value_text(value)}\n", *written, f"poptag #{tag}\npopmeta {key}:\n"]
    text = "\n".join(pushed)
    assert len(read(text).entries) == len(written)
    assert_kept(text)
    for entry in read(printed(read(text))).entries:
        assert tag in entry.tags
        assert key in entry.meta


# Each thing by itself.


def lines_of(text):
    return printed(read(text)).splitlines()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{}", "{}"),
        ("{{}}", "{}"),
        ("{ GBP }", "{GBP}"),
        ("{12 GBP}", "{12 GBP}"),
        ("{{12.00 GBP}}", "{{12.00 GBP}}"),
        ("{12 # 3 GBP}", "{12 # 3 GBP}"),
        ("{12 # GBP}", "{12 # GBP}"),
        ("{# 3 GBP}", "{# 3 GBP}"),
        ("{# GBP}", "{# GBP}"),
        ("{5, 2026-01-02}", "{5, 2026-01-02}"),
        ('{"lot", 2026/1/2, 1,200.50 GBP}', '{1200.50 GBP, 2026-01-02, "lot"}'),
        ("@ 3 GBP", "@ 3 GBP"),
        ("{1 GBP} @@ 3 * 2 GBP", "{1 GBP} @@ 6 GBP"),
        ("@", "@"),
        ("@@ GBP", "@@ GBP"),
    ],
)
def test_costs_and_prices(written, expected):
    found = lines_of(f'2026-01-01 * "x"\n  Assets:A  1 X {written}\n')
    assert found[1].split("1 X ", 1)[1] == expected


def test_numbers_end_in_one_column_and_amounts_left_out_stay_so():
    long = "Expenses:" + "A" * 50
    text = f'2026-1-2 txn "x"\n Assets:A 1,000.00 GBP\n ! {long} -5 GBP ; why\n Assets:B\n Assets:C GBP\n'
    first, *rest = lines_of(text)
    assert first == '2026-01-02 * "x"'
    assert [line.rstrip("GBP ")[-1:] for line in rest[:2]] == ["0", "5"]
    assert rest[0].index(" GBP") == rest[1].index(" GBP") == rest[3].index(" GBP")
    assert rest[1].startswith(f"  ! {long}  -5")
    assert rest[2] == "  Assets:B"


def test_values_are_typed():
    meta = 'aa: "Assets:A"\nbb: Assets:A\ncc: #t\ndd: GBP\nee: 2026-01-02\nff: 1.50\ngg: 1 GBP\nhh: FALSE\nii: NULL'
    text = "2026-01-01 close Assets:A\n" + "".join(f"  {line}\n" for line in meta.splitlines())
    (entry,) = read(printed(read(text))).entries
    assert [type(value).__name__ for value in entry.meta.values()] == [
        "str", "Account", "Tag", "Commodity", "date", "Decimal", "Money", "bool", "NoneType",
    ]  # fmt: skip
    assert isinstance(entry.meta["bb"], Account)
    assert isinstance(entry.meta["cc"], Tag)
    assert isinstance(entry.meta["dd"], Commodity)
    assert printed(read(text)) == text


def test_one_line_directives_of_a_kind_stand_together():
    text = "2026-01-01 open Assets:A\n2026-01-01 open Assets:B\n2026-01-01 price X 1 GBP\n2026-01-02 price X 2 GBP\n"
    assert lines_of(text) == [
        "2026-01-01 open Assets:A",
        "2026-01-01 open Assets:B",
        "",
        "2026-01-01 price X  1 GBP",
        "2026-01-02 price X  2 GBP",
    ]


# The command.


def acct(capsys, *words_of):
    code = run([str(word) for word in words_of])
    return (code, *capsys.readouterr())


@pytest.fixture
def books(tmp_path, monkeypatch):
    """A root file with two includes, one in a folder of its own with a document."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "bill.pdf").write_text("a bill")
    (tmp_path / "main.beancount").write_text(
        '; a comment\noption "title" "Acme"\noption "operating_currency" "GBP"\ninclude "inner/*.beancount"\n'
        "2026-01-01 open Assets:A\n"
    )
    (tmp_path / "inner" / "a.beancount").write_text(
        'option "title" "Not this"\noption "operating_currency" "EUR"\noption "operating_currency" "GBP"\n'
        'plugin "not.this"\n2025-12-31 open Assets:B ; here\n2026-01-03 document Assets:A "bill.pdf"\n'
    )
    return tmp_path


def test_one_file_of_all(books, capsys):
    code, out, err = acct(capsys, "convert", "main.beancount")
    assert (code, err) == (0, "")
    assert out == (
        'option "title" "Acme"\noption "operating_currency" "GBP"\noption "operating_currency" "EUR"\n\n'
        "2025-12-31 open Assets:B\n2026-01-01 open Assets:A\n\n"
        '2026-01-03 document Assets:A "inner/bill.pdf"\n'
    )
    (books / "whole.beancount").write_text(out)
    assert acct(capsys, "-f", "whole.beancount", "convert", "-O", "beancount") == (0, out, "")


def test_paths_are_seen_from_the_file_printed_to(books, capsys):
    (books / "out").mkdir()
    for root in ("main.beancount", books / "main.beancount"):
        assert acct(capsys, "convert", root, "-o", "out/whole.beancount") == (0, "", "")
        assert '"../inner/bill.pdf"' in (books / "out" / "whole.beancount").read_text()
        assert acct(capsys, "check", "-f", "out/whole.beancount")[0] == 0


def test_a_path_written_in_full_stays(books, capsys):
    full = books / "inner" / "bill.pdf"
    (books / "x.beancount").write_text(f'2026-01-01 open Assets:A\n2026-01-03 document Assets:A "{full}"\n')
    assert f'"{full}"' in acct(capsys, "convert", "x.beancount")[1]


def test_a_file_of_the_books_is_never_printed_over(books, capsys):
    before = {path: path.read_text() for path in books.rglob("*.beancount")}
    for path in before:
        code, _, err = acct(capsys, "convert", "main.beancount", "-o", os.path.relpath(path))
        assert code == 2
        assert "X907" in err
    assert before == {path: path.read_text() for path in books.rglob("*.beancount")}


def test_what_could_not_be_read_is_counted(books, capsys):
    with (books / "main.beancount").open("a") as file:
        file.write('2026-02-30 open Assets:C\nnonsense\n2026-02-01 * "short"\n  Assets:A  1 GBP\ninclude "none"\n')
    code, out, err = acct(capsys, "convert", "main.beancount")
    assert code == 1
    assert '"short"' in out
    assert "4 errors; 2 entries could not be read and are left out; 1 include is left out" in err


def test_the_demonstration_books(tmp_path, capsys):
    root = Path(__file__).resolve().parent.parent
    assert acct(capsys, "convert", root, "-o", tmp_path / "whole.beancount") == (0, "", "")
    rows = [acct(capsys, "-f", f, "tb", "--cumulative", "-O", "csv")[1].splitlines()[1:] for f in (
        root / "journals" / "main.beancount", tmp_path / "whole.beancount",
    )]  # fmt: skip
    assert rows[0] == rows[1]
    assert rows[0]


def test_a_commodity_of_one_letter_has_a_blank_after_it():
    text = '2020-01-01 open Assets:A V ,USD\n\n2020-02-01 * "x"\n  Assets:A  1 USD {2 V , 2020-01-01}\n'
    once = printed(read(text))
    assert "V ,USD\n" in once
    assert "{2 V , 2020-01-01}" in once
    assert printed(read(once)) == once
