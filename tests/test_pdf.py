"""Reports as PDF: what stands in them and around them, and that no text of the books gets out of its cell."""

import io

import pypdf
import pytest

from acctkit.cli import run
from acctkit.cli.pdf import Around, pdf
from acctkit.cli.show import _grouped, clean
from acctkit.table import INTEGER, MONEY, Column, Row, Table

AROUND = Around("Łódź Ωmega Ltd", "Books sealed to 7:" + "ab" * 32)
COLUMNS = (Column("Ref"), Column("Details"), Column("Days", INTEGER), Column("Amount", MONEY))


def drawn(table, around=AROUND):
    return pdf(table, around, clean, _grouped)


def pages(table, around=AROUND):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(drawn(table, around))).pages]


def table(*rows, notes=(), columns=COLUMNS):
    return Table("Aged debtors", columns, rows, "at 2026-04-30", notes)


def test_head_figures_notes_and_foot():
    rows = (
        Row(("INV-1", "Ann", "3", "-1234.50")),
        Row(("", "Total", "", "1234567.00"), "total"),
        Row((), "blank"),
        Row(("Жук a heading alone",), "heading"),
    )
    (text,) = pages(table(*rows, notes=("agreed",)))
    for words in (
        *AROUND, "Aged debtors", "at 2026-04-30", "Page 1 of 1", "INV-1", "-1,234.50", "1,234,567.00", "agreed",
        "Жук a heading alone",
    ):  # fmt: skip
        assert words in text


def test_a_long_report_has_headings_and_numbers_on_each_page():
    found = pages(table(*(Row((f"INV-{n}", "x", str(n), "1.00")) for n in range(150))))
    assert len(found) > 2
    for number, text in enumerate(found, 1):
        assert f"Page {number} of {len(found)}" in text
        assert "Details" in text
        assert AROUND.entity in text
    assert all(f"INV-{n}" in "".join(found) for n in range(150))


def test_a_wide_report_lies_across_and_figures_are_never_broken():
    columns = (*COLUMNS[:2], *(Column(f"Month {n}", MONEY) for n in range(12)))
    row = Row(("INV-1", "words " * 40, *("123456.78" for _ in range(12))))
    data = drawn(table(row, columns=columns))
    (page,) = pypdf.PdfReader(io.BytesIO(data)).pages
    assert page.mediabox.width > page.mediabox.height
    assert page.extract_text().count("123,456.78") == 12


@pytest.mark.parametrize("text", ["x" * 5000, "word " * 4000, "\n" * 99, "a\u202eb"])
def test_a_text_of_any_length_stays_in_its_cell(text):
    found = pages(table(Row(("INV-1", text, "1", "2.00")), Row((text,), "heading")))
    assert "INV-1" in found[0]
    assert "\u202e" not in "".join(found)


@pytest.mark.parametrize(
    "text",
    ["<b>x</b>", '<a href="http://x">x</a>', '<img src="/etc/hostname"/>', "&lt;b&gt;", "</para><para>", "%s {0}"],
)
def test_no_text_is_taken_for_markup(text):
    data = drawn(Table(text, COLUMNS, (Row((text, text, "1", "2.00")),), text, (text,)), Around(text, text))
    (page,) = pypdf.PdfReader(io.BytesIO(data)).pages
    assert page.extract_text().replace("\n", "").count(text) >= 5
    assert page.get("/Annots") is None


def test_what_the_font_lacks_is_escaped():
    (text,) = pages(table(Row(("中", "\U0001f600 and \x1b[2J", "1", "2.00"))))
    for words in ("\\u4e2d", "\\U0001f600 and \\x1b[2J"):
        assert words in text


def test_the_same_report_is_the_same_file():
    assert drawn(table(Row(("a", "b", "1", "2.00")))) == drawn(table(Row(("a", "b", "1", "2.00"))))


def test_a_report_without_rows_or_columns_of_text():
    assert "Details" in pages(table())[0]
    assert "1.00" in pages(table(Row(("1.00",)), columns=(Column("Amount", MONEY),)))[0]


def test_from_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    opens = "2026-04-01 open Assets:Bank GBP\n2026-04-01 open Income:Sales\n"
    (tmp_path / "t.beancount").write_text(f'{opens}2026-04-02 * "x"\n  Assets:Bank  5 GBP\n  Income:Sales\n')
    assert run(["-f", "t.beancount", "tb", "-O", "pdf"]) == 2
    assert "name it: -o report.pdf" in capsys.readouterr().err
    assert run(["-f", "t.beancount", "tb", "-O", "pdf", "-o", "no/such.pdf"]) == 2
    assert "X903" in capsys.readouterr().err
    assert run(["-f", "t.beancount", "tb", "-O", "pdf", "-o", "tb.pdf"]) == 0
    assert (tmp_path / "tb.pdf").stat().st_mode & 0o777 == 0o600
    (page,) = pypdf.PdfReader(tmp_path / "tb.pdf").pages
    assert "Assets:Bank" in page.extract_text()
