"""The words and figures of a supplier's statement: what a heading, a line or a foot is, by what it says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from acctkit.banking.suppliers.statement import CREDIT, FORWARD, INVOICE, PAYMENT
from acctkit.banking.text import clean, money
from acctkit.money import places_of

# What a column is, by its heading in small letters, its words in full, without marks. One named earlier is preferred.
HEADINGS = {
    "date": (
        "date", "invoice date", "document date", "transaction date", "posting date", "posted", "tax point",
        "date of invoice", "entry date", "item date", "billing date", "issue date", "issued", "date issued",
        "datum", "belegdatum", "rechnungsdatum", "factuurdatum", "fecha", "date facture", "data",
    ),
    "due": (
        "due", "due date", "date due", "payment due", "due by", "payment date", "net due date", "pay by", "falligkeit",
        "fallig", "fallig am", "vervaldatum", "echeance", "date echeance", "vencimiento", "scadenza",
    ),
    "reference": (
        "document no", "invoice no", "reference no", "our reference", "our invoice", "our reference no", "document",
        "document reference", "invoice reference", "invoice", "reference", "transaction no", "transaction reference",
        "item no", "invoice id", "bill no", "voucher no", "folio", "voucher", "item", "no", "belegnummer", "beleg",
        "belegnr", "rechnungsnummer", "rechnungsnr", "rechnung", "factuurnummer", "factuur", "facture", "no facture",
        "numero", "factura", "fattura", "piece", "stuk",
    ),
    "other": (
        "your reference", "your reference no", "your order", "your order no", "your po", "order no", "order",
        "order reference", "po", "po no", "p o no", "purchase order", "purchase order no", "customer reference",
        "customer reference no", "customer order", "customer order no", "customer po", "second reference",
        "2nd reference", "reference 2", "external document no", "ihr zeichen", "uw referentie",
    ),
    "kind": (
        "type", "transaction type", "document type", "entry type", "item type", "transaction", "activity", "tp", "ty",
        "code", "belegart", "art", "soort",
    ),
    "text": (
        "description", "details", "detail", "particulars", "narrative", "narration", "memo", "comment", "comments",
        "remarks", "notes", "site", "job", "delivery address", "text", "buchungstext", "beschreibung", "omschrijving",
        "libelle", "concepto", "descrizione",
    ),
    "debit": (
        "debit", "debits", "dr", "debit amount", "charges", "charge", "invoiced", "invoices", "amount invoiced",
        "dr amount", "soll", "debet", "debe", "dare",
    ),
    "credit": (
        "credit", "credits", "cr", "credit amount", "payment", "payments", "paid", "amount paid", "payments received",
        "payments credits", "payments and credits", "receipts", "received", "paid to date", "cr amount",
        "amount received", "credits payments", "settled", "allocated", "haben", "haber", "avere",
    ),
    "amount": (
        "amount", "value", "gross", "gross amount", "gross value", "total", "invoice amount", "invoice value",
        "invoice total", "document amount", "transaction amount", "transaction value", "total amount",
        "original amount", "original value", "original", "item amount", "amount inc vat", "amount including vat",
        "total inc vat", "amount incl vat", "amount in document", "amount in local", "betrag", "bedrag", "montant",
        "importe", "importo", "brutto",
    ),
    "open": (
        "outstanding", "amount outstanding", "outstanding amount", "outstanding value", "outstanding balance",
        "open amount", "open balance", "amount open", "open", "balance due", "amount due", "balance outstanding",
        "remaining", "remaining amount", "remaining balance", "amount remaining", "unpaid", "unpaid amount", "o s",
        "os", "o s amount", "o s balance", "due amount", "still due", "invoice balance", "amount owing", "owing",
        "item balance", "offen", "offener betrag", "openstaand", "solde du", "pendiente",
    ),
    "balance": (
        "balance", "running balance", "running total", "cumulative", "cumulative balance", "account balance",
        "cumulative total", "balance c f", "total balance", "saldo", "solde",
    ),
    "currency": ("currency", "currency code", "document currency", "ccy", "wahrung", "valuta", "devise"),
}  # fmt: skip
# What words of headings are short for.
_WORDS_IN_FULL = {
    "amt": "amount", "num": "no", "nr": "no", "number": "no", "num#": "no", "curr": "currency", "cur": "currency",
    "doc": "document", "trans": "transaction", "tran": "transaction", "trx": "transaction", "txn": "transaction",
    "inv": "invoice", "ref": "reference", "refs": "reference", "bal": "balance", "cust": "customer", "orig": "original",
    "desc": "description", "refno": "reference no", "docno": "document no", "invno": "invoice no",
}  # fmt: skip
_SAID_TWICE = re.compile(r" (?:in )?(?:document |local |account )?currency$|^total (?=outstanding)")
MONEY_ROLES = ("debit", "credit", "amount", "open", "balance")
_ROLE_OF = {name: role for role, names in HEADINGS.items() for name in names}
_RANK = {name: rank for names in HEADINGS.values() for rank, name in enumerate(names)}

_CURRENCY = re.compile(r"\b[A-Z]{3}\b")
_SIGNS = {"£": "GBP", "€": "EUR"}
_WORDS = {"ALL", "BAM", "CUP", "LAK", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY"}
_MARKS = re.compile(r"[^a-z0-9]+")

_FORWARD = re.compile(
    r"brought\s+f(?:or)?w(?:ar)?d|\bo/bal\b|\b(?:saldo)?vortrag\b|report\s+[àa]\s+nouveau|saldo\s+anterior|beginsaldo|\bb[\s/.-]?f(?:wd)?\b|opening\s+balance|balance\s+f(?:or)?w(?:ar)?d"
    r"|previous\s+balance|prior\s+balance|opening\s+bal\b|start(?:ing)?\s+balance|balance\s+last\s+statement",
    re.IGNORECASE,
)
_CARRIED = re.compile(r"carried\s+f(?:or)?w(?:ar)?d|\bc[\s/.-]?f(?:wd)?\b|carried\s+over", re.IGNORECASE)
# A total that is what they say we owe; and one that may be of a column.
_TOTAL = re.compile(
    r"\b(?:(?:total|balance|amount)\s+(?:now\s+)?(?:due|outstanding|owing|owed|payable)|statement\s+(?:balance|total)"
    r"|closing\s+balance|total\s+balance|account\s+balance|balance\s+carried\s+f(?:or)?w(?:ar)?d|balance\s+c/?f"
    r"|please\s+pay|(?:total|amount)\s+to\s+pay|outstanding\s+balance|total\s+account|balance\s+at|balance\s+as\s+at"
    r"|current\s+balance|end(?:ing)?\s+balance|grand\s+total|new\s+balance)\b",
    re.IGNORECASE,
)
_SUM = re.compile(r"\s*(?:sub-?\s*)?(?:totals?|sum|page\s+total|balance)\b", re.IGNORECASE)
_PART = re.compile(r"overdue|past\s+due|vat\b|\bnet\b|credit\s+limit|available|discount", re.IGNORECASE)
_AGE = re.compile(
    r"^(?:current|not\s+(?:yet\s+)?due|this\s+month|overdue|older|(?:over|>|up\s+to|<)\s*\d{1,3}(?:\s*days?)?\+?"
    r"|\d{1,3}\s*(?:\+|(?:-|–|to)\s*\d{1,3})?\s*\+?\s*(?:days?|months?)\b.*|\d{1,3}\s*\+|\d{1,3}\s*(?:-|–|to)\s*\d{1,3}"
    r"|(?:period|month)\s*\d)$",
    re.IGNORECASE,
)
_BARE_AGE = re.compile(r"(?:30|60|90|120)")

_KINDS = (
    (FORWARD, _FORWARD),
    (INVOICE, re.compile(r"\b(?:refund|re-?turned|bounced|reversal\s+of\s+payment|unpaid)\b", re.IGNORECASE)),
    (
        CREDIT,
        re.compile(
            r"\b(?:credit\s*(?:note|mem\w*|adj\w*)s?|credmem\w*|credited|credit\s+invoice|gutschrift|creditnota|avoir|abono|cr\.?\s*n(?:ote|te)?|scr|scn|returns?|rebate)\b"
            r"|^(?:credits?|crn|cn|c/n|sc|crd|cr|cre|cm)$",
            re.IGNORECASE,
        ),
    ),
    (
        PAYMENT,
        re.compile(
            r"\b(?:payments?|zahlung(?:seingang)?|betaling|paiement|r[èe]glement|pago|receipts?|received|remittance|bacs|cheque|chq|thank\s+you|direct\s+debit|faster\s+payment"
            r"|cash|bank\s+transfer|pymt|pmt|rcpt|paid|on\s+account|settlement)\b"
            r"|^(?:sr|sa|pay|pa|rec|rct|rc|dd|csh|p|sop|pa?y)$",
            re.IGNORECASE,
        ),
    ),
    (
        INVOICE,
        re.compile(
            r"\b(?:invoices?|invoiced|rechnung|factuur|facture|factura|inv|bill|debit\s+note|sales?|charges?|interest|fee|delivery|carriage)\b"
            r"|^(?:si|sin|in|dr|dn|i|inv)$",
            re.IGNORECASE,
        ),
    ),
)
_NUMBER_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9/._-]*[0-9][A-Za-z0-9/._-]*|[0-9]+")
_FIGURE_WORD = re.compile(r"[0-9.,]+")
_CREDIT_SUFFIX = re.compile(r"\s*(CR|DR|C|D)\.?$", re.IGNORECASE)
_LEAST_DIGITS = 3
# Numbers that say they are of a credit note.
_CREDIT_NUMBER = re.compile(r"(?:c/?n|crn|scn|ps?cm|cr|gs)[-/ ]?[0-9]", re.IGNORECASE)


def role_of(heading: str) -> str:
    """What a column is by its heading, "" where the heading says nothing known."""
    return _ROLE_OF.get(plain_heading(heading), "")


def rank_of(heading: str) -> int:
    """How telling a heading is among those of its role: the lower the better."""
    return _RANK.get(plain_heading(heading), len(_RANK))


def plain_heading(heading: str) -> str:
    """A heading in small letters and full words, without marks, accents, brackets, currency codes and signs."""
    bare = _CURRENCY.sub(lambda found: "" if places_of(found[0]) is not None else found[0], heading)
    letters = unicodedata.normalize("NFKD", bare.replace("#", " no ").casefold())
    words = _MARKS.sub(" ", "".join(char for char in letters if not unicodedata.combining(char))).split()
    plain = " ".join(_WORDS_IN_FULL.get(word, word) for word in words)
    return plain if plain in _ROLE_OF else _SAID_TWICE.sub("", plain)


def currency_in(text: str, *, is_prose: bool = False) -> str:
    """The one currency a text names by its code or sign, "" for none or several; prose may mean words by some codes."""
    found = {code for code in _CURRENCY.findall(text) if places_of(code) is not None}
    found -= _WORDS if is_prose else set()
    found |= {code for sign, code in _SIGNS.items() if sign in text}
    return found.pop() if len(found) == 1 else ""


def figure(text: str, mark: str) -> Decimal | None:
    """A number as suppliers print it, `1,200.00 CR`, `(12.50)`, `£5.00-`; CR is less than nothing; else None."""
    text = text.strip()
    suffix = _CREDIT_SUFFIX.search(text)
    if suffix and suffix.start() and text[suffix.start() - 1 : suffix.start()].isalpha():
        suffix = None
    value = money(text[: suffix.start()] if suffix else text, mark)
    if value is None or suffix is None or suffix[1].upper().startswith("D"):
        return value
    return value.copy_negate() if value > 0 else value


def bare_figure(text: str) -> str:
    """A figure less brackets, signs, currency and CR: what tells its decimal mark."""
    return re.sub(r"[^0-9.,']", "", text)


def is_figure(text: str) -> bool:
    """Whether a text is an amount of money as a foot prints it: with a decimal mark or a currency, or 0."""
    return (figure(text, ".") is not None or figure(text, ",") is not None) and (
        text.strip(" £$€-") == "0" or bool(re.search(r"[.,][0-9]{2}(?![0-9])|[£$€]|\b[A-Z]{3}\b", text))
    )


def kind_of(*texts: str) -> str:
    """What a line is by its words, the most telling text first; "" where none tells."""
    for text in texts:
        words = clean(text).strip(" .:")
        for kind, pattern in _KINDS:
            if words and pattern.search(words):
                return kind
    return ""


def is_credit_number(reference: str) -> bool:
    """Whether the number of a document says that it is a credit note."""
    return _CREDIT_NUMBER.match(reference.strip()) is not None


def is_forward(text: str) -> bool:
    """Whether words speak of a balance brought forward."""
    return _FORWARD.search(text) is not None


def is_carried(text: str) -> bool:
    """Whether words speak of a balance carried forward."""
    return _CARRIED.search(text) is not None


def is_total(text: str) -> bool:
    """Whether words name the total they say we owe."""
    return _TOTAL.search(text) is not None and _PART.search(text) is None


def is_sum(text: str) -> bool:
    """Whether words begin a row of sums, of which columns nobody says."""
    return _SUM.match(text) is not None


def is_ageing(parts: Sequence[str]) -> bool:
    """Whether a row heads the boxes of an ageing: two ages or more, one of them beyond doubt."""
    ages = sum(_AGE.match(part.strip()) is not None for part in parts)
    return bool(ages) and ages + sum(_BARE_AGE.fullmatch(part.strip()) is not None for part in parts) > 1


def numbers_in(*texts: str) -> tuple[str, ...]:
    """Words that may be the number of a document: with three digits or more, amounts and days apart."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _NUMBER_WORD.findall(text):
            bare = word.strip("._-/")
            digits = sum(char.isdigit() for char in bare)
            is_amount = _FIGURE_WORD.fullmatch(bare) and ("." in bare or "," in bare)
            is_day = re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", bare)
            if digits >= _LEAST_DIGITS and not is_amount and not is_day:
                found[bare] = None
    return tuple(found)
