"""Bank and card files as banks send them: bytes in, statements out, nothing guessed.

What a file is, its content says, never its name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from acctkit.banking.bai2 import LOOKS as LOOKS_BAI2
from acctkit.banking.bai2 import read_bai2
from acctkit.banking.camt import LOOKS as LOOKS_CAMT
from acctkit.banking.camt import read_camt
from acctkit.banking.days import ORDERS
from acctkit.banking.ofx import read_ofx
from acctkit.banking.profiles import Profile
from acctkit.banking.qif import LOOKS as LOOKS_QIF
from acctkit.banking.qif import read_qif
from acctkit.banking.rows import read_rows
from acctkit.banking.statement import BankFile, BankLine, BankStatement, check_statement
from acctkit.banking.swift import LOOKS as LOOKS_SWIFT
from acctkit.banking.swift import read_swift
from acctkit.banking.text import decode, looks_binary, quoted
from acctkit.problem import Place, error

__all__ = ["ORDERS", "BankFile", "BankLine", "BankStatement", "check_statement", "read"]

_BINARY = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or a spreadsheet"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_OTHERS = (
    (re.compile(r"<html\b|<!doctype html", re.IGNORECASE), "a web page"),
    (re.compile(r"[\[{]\s*[\"{\[]"), "JSON"),
)
_HINT = "Ask the bank for OFX, QFX or CSV."
_ROOT = re.compile(r"<OFX\b", re.IGNORECASE)
_PARTS = re.compile(r"<(?:STMTRS|CCSTMTRS|INVSTMTRS|STMTTRN|BANKTRANLIST)>", re.IGNORECASE)


def read(
    data: bytes, name: str, *, profile: str | None = None, today: date, dates: str = "", known: Sequence[Profile] = ()
) -> BankFile:
    """The statements in a bank file, and every problem found in it; never raises on bad bytes.

    `name` is what problems call the file. `profile` names a CSV layout where its header does not tell.
    `known` are layouts besides those that come with the package. `today` settles years of two digits and ends
    that lie ahead, `dates` ("dmy", "mdy", "ymd") the order of
    day and month. Errors: B401 an unknown kind, B402 not readable, B403 an amount or date, B404 does not add
    up, B405 an id on different lines, B407 days that may be read two ways. A file with any error must not
    be imported, unless somebody accepts its B404 and B405.
    """
    found = _read(data, name, profile or "", today, dates, known)
    if dates and found.statements and found.format not in ("csv", "qif"):
        message = f"the days of a file in {found.format.upper()} have one order: --dates changes nothing there"
        return _refused("B401", message, name, "Leave --dates out.")
    return found


def _read(data: bytes, name: str, wanted: str, today: date, dates: str, known: Sequence[Profile]) -> BankFile:
    kind = next((kind for magic, kind in _BINARY if data.startswith(magic)), "")
    if kind:
        return _refused("B401", f"this is {kind}, not a bank file", name, _HINT)
    text = decode(data)
    if not text.strip("\ufeff \t\n\f\v"):
        return _refused("B402", "the file is empty", name, "Fetch it from the bank again.")
    if looks_binary(text):
        return _refused("B401", "this is not text, so no bank file", name, _HINT)
    if _is_ofx(text):
        if wanted not in ("", "ofx"):
            return _refused("B401", f"this is OFX, not CSV of profile {quoted(wanted)}", name, "")
        return read_ofx(text, name, today)
    if wanted == "ofx":
        return _refused("B401", "this is not OFX", name, _HINT)
    head = text[:4000].lstrip("\ufeff \t\n")
    if not wanted and LOOKS_QIF.search(text[:4000]):
        return read_qif(text, name, today, dates)
    if not wanted and LOOKS_BAI2.match(text):
        return read_bai2(text, name)
    if not wanted and head.startswith("<") and LOOKS_CAMT.search(head):
        return read_camt(text, name)
    if not wanted and LOOKS_SWIFT.search(text[:4000]):
        return read_swift(text, name)
    other = next((kind for pattern, kind in _OTHERS if _shows(pattern, head)), "")
    if other and not wanted:
        return _refused("B401", f"this is {other}, which is not read", name, _HINT)
    return read_rows(text, name, wanted, today, dates, known)


def _shows(pattern: re.Pattern[str], head: str) -> bool:
    """Whether a text begins as a kind of file does; markup may name its kind further on."""
    found = pattern.search(head) if head.startswith("<") else pattern.match(head)
    return found is not None


def _is_ofx(text: str) -> bool:
    """Whether there is an OFX root with nothing but headers before it, or its parts without a root."""
    root = _ROOT.search(text)
    if root is None:
        head = text[:4000].lstrip("\ufeff \t\n")
        return head.startswith("OFXHEADER") or (head.startswith("<") and _PARTS.search(text) is not None)
    head = text[: root.start()].strip("\ufeff \t\n")
    return not head or head.startswith("<") or "OFXHEADER" in head.upper() or "OFXSGML" in head.upper()


def _refused(code: str, message: str, name: str, hint: str) -> BankFile:
    return BankFile("", "", (), (error(code, message, Place(name, 1), hint),))
