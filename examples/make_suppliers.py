"""Write the statements of two suppliers of the demonstration company, as they would send them: a CSV and a PDF.

    python examples/make_suppliers.py

Each has what such statements have: a document that never came, a payment on its way, an amount mistyped.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent / "suppliers"

CSV = """\
Castlefield Inks & Plates Ltd
Statement of account
Account,HARBOUR LANE
Statement date,31/03/2026

Date,Reference,Type,Your ref,Debit,Credit,Balance
01/02/2026,,Balance brought forward,,,,427.08
05/02/2026,CA-26367,Invoice,J. Marsh,331.80,,758.88
24/02/2026,CA-26390,Invoice,J. Marsh,467.10,,1225.98
27/02/2026,RC-3318,Payment - thank you,,,427.08,798.90
19/03/2026,CA-26433,Invoice,J. Marsh,138.60,,937.50

Current,30 days,60 days,90 days and over,Total due
138.60,467.10,331.80,0.00,937.50
"""

# Of the PDF: for each line the texts and where they begin (or, where the place is negative, end), in points.
PAGE = [
    [(50, "Foldwell Finishing Ltd")],
    [(50, "Unit 4, Weir Lane")],
    [],
    [(50, "STATEMENT"), (-545, "Statement date: 31 March 2026")],
    [(50, "Harbour Lane Studio Ltd"), (-545, "All amounts in GBP")],
    [],
    [(50, "Date"), (125, "Our ref"), (210, "Details"), (-440, "Amount"), (-545, "Outstanding")],
    [(50, "17 Feb 2026"), (125, "FOL/10514"), (210, "Invoice"), (-440, "894.72"), (-545, "894.72")],
    [(50, "17 Mar 2026"), (125, "FOL/10542"), (210, "Invoice"), (-440, "644.64"), (-545, "644.64")],
    [(50, "20 Mar 2026"), (125, "FOL/C0217"), (210, "Credit note"), (-440, "48.00 CR"), (-545, "48.00 CR")],
    [(50, "24 Mar 2026"), (125, "FOL/10560"), (210, "Invoice, rush folding"), (-440, "212.40"), (-545, "212.40")],
    [],
    [(50, "Not due"), (150, "1-30 days"), (250, "31-60 days"), (350, "Over 60 days"), (-545, "Total due")],
    [(50, "809.04"), (150, "894.72"), (250, "0.00"), (350, "0.00"), (-545, "1,703.76")],
    [],
    [(50, "Please pay by bank transfer, and quote the number of each invoice.")],
]
_WIDTHS = {
    **dict.fromkeys(" .,:/-;!'|()[]ftIijl", 278),
    **dict.fromkeys("mMW", 833),
    **dict.fromkeys("ABCDEKOPRSTVXY", 690),
}


def pdf(lines: list[list[tuple[int, str]]]) -> bytes:
    """A PDF of one page in Helvetica: for each line its texts and where they stand."""
    shown = ["BT /F1 10 Tf"]
    for number, line in enumerate(lines):
        for place, text in line:
            width = sum(_WIDTHS.get(letter, 556) for letter in text) // 100
            left = place if place >= 0 else -place - width
            escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            shown.append(f"1 0 0 1 {left} {780 - 16 * number} Tm ({escaped}) Tj")
    content = "\n".join([*shown, "ET"])
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        "<< /Font << /F1 5 0 R >> >>",
    ]
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return (out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + table + end).encode("latin-1")


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    (HERE / "castlefield-2026-03.csv").write_text(CSV, newline="")
    (HERE / "foldwell-2026-03.pdf").write_bytes(pdf(PAGE))
