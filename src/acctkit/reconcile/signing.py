"""The reconciliation statement as it is signed: its text, its hash, who prepared and reviewed it, and whether it holds.

What is signed is a text with one item a line, so that anybody can write it down again and compare the hash. It is
recomputed from what stands before the signature: what is known later changes nothing in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from acctkit.journal.entries import Account, Meta, Money
from acctkit.journal.writer import Draft, record_text
from acctkit.ledger.known import known_before, ledger_of
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.signatures import PER_STATEMENT, PREPARER, REVIEWER, ROLES, SIGNED, Signature, broken, signatures
from acctkit.money import format_minor, places_of, to_decimal
from acctkit.problem import Problem, refusal
from acctkit.reconcile.show import Signer
from acctkit.reconcile.state import Item, Reconciliation, state

_SIGNS_AS = {PREPARER: "Prepared", REVIEWER: "Reviewed"}


class Signing(NamedTuple):
    """What somebody signs: the signature to be, the figures it is under, and why, where a difference is left."""

    signature: Signature
    figures: Meta
    statement: str
    reason: str


def signed_text(recon: Reconciliation) -> str:
    """The text that is hashed: a word and its fields on each line, tabs between them, LF ends.

    Items stand by date and id; amounts have the currency's places, and more only where they are not zero.
    """
    unit = recon.unit
    places = places_of(unit.currency)

    def amount(minor: int) -> str:
        return format_minor(minor, unit.scale, 2 if places is None else places)

    def items(word: str, found: Iterable[Item], sign: int = 1) -> Iterator[tuple[str, ...]]:
        for item in sorted(found, key=lambda one: (one.date, one.id, one.amount, one.text)):
            texts = (item.id, item.number, amount(sign * item.amount), item.text, item.error)
            yield word, str(item.date), *(" ".join(text.split()) for text in texts)

    lines: list[tuple[str, ...]] = [
        ("acct reconciliation 1",),
        ("account", recon.account),
        ("currency", unit.currency),
        ("as-of", str(recon.as_of)),
        ("statement" if recon.is_stated else "lines", amount(recon.statement)),
        *items("lodgement", recon.lodgements),
        *items("unpresented", recon.unpresented, -1),
        *items("bank-error", recon.bank_errors),
        ("adjusted", amount(recon.adjusted)),
        ("books", amount(recon.books)),
        ("difference", amount(recon.unexplained)),
        *items("unrecorded", recon.unexplained_lines),
        *(("break", str(one.date), one.statement, amount(one.amount)) for one in recon.breaks),
    ]
    return "".join("\t".join(line).rstrip("\t") + "\n" for line in lines)


def signed_hash(recon: Reconciliation) -> str:
    """The SHA-256 of the text that is signed, in hex."""
    return hashlib.sha256(signed_text(recon).encode()).hexdigest()


def signing(
    ledger: Ledger, recon: Reconciliation, role: str, who: str, today: date, *, statement: str = "", reason: str = ""
) -> Signing:
    """What somebody signs; raises Refusal X907 where it cannot be signed, or not by them."""
    if role not in ROLES:
        raise refusal("X907", f"nobody signs as {role}", f"sign --as {PREPARER} or --as {REVIEWER}")
    if recon.as_of > today:
        raise refusal("X907", f"{recon.as_of} is not over", "sign the reconciliation of a day that is")
    if recon.last_day is None:
        raise refusal("X907", f"there is no statement of {recon.account} to {recon.as_of}", "import it first")
    digest = signed_hash(recon)
    signature = Signature(recon.account, recon.as_of, recon.unit.currency, role, who, digest, today)
    _require_free(recon, signature, _latest(ledger, recon))
    if not recon.is_done or recon.unexplained:
        left = f"the difference is {recon.unit.text(recon.unexplained)}"
        left = left if recon.unexplained else "the difference is nil, but lines or gaps are left that make it so"
        if not reason:
            raise refusal("X907", left, 'finish it, or say why it is signed as it stands: --reason "..."')
    elif reason:
        raise refusal("X907", "there is no difference to give a reason for", "leave --reason out")
    figures: Meta = {key: Money(Decimal(recon.unit.text(m)), recon.unit.currency) for key, m in _figures(recon).items()}
    return Signing(signature, figures, statement, reason)


def _figures(recon: Reconciliation) -> dict[str, int]:
    """The figures that stand in the record of a signature."""
    return {
        PER_STATEMENT: recon.statement,
        "lodgements": recon.lodgements_total,
        "unpresented": recon.unpresented_total,
        "bank-errors": recon.bank_errors_total,
        "per-books": recon.books,
        "difference": recon.unexplained,
    }


def _require_free(recon: Reconciliation, new: Signature, standing: dict[str, Signature]) -> None:
    """Refuse a signature that stands already, and a review of what nobody else has prepared as it is now."""
    what = f"the reconciliation of {recon.account} at {recon.as_of}"
    held = standing.get(new.role)
    if held and held.sha256 == new.sha256:
        place = held.record.place if held.record else None
        raise refusal("X907", f"{held.who} has signed {what} as {new.role}", "nothing has changed since", place)
    if new.role == PREPARER:
        return
    prepared = standing.get(PREPARER)
    if prepared is None:
        raise refusal("X907", f"nobody has prepared {what}", f"who prepared it signs first: --sign --as {PREPARER}")
    if prepared.sha256 != new.sha256:
        message = f"{what} is not any more what {prepared.who} signed"
        raise refusal("X907", message, f"{prepared.who} looks at it again, and signs it anew as {PREPARER}")
    if prepared.who == new.who:
        hint = "somebody else reviews it; acct takes the name from git, or from ACCT_USER"
        raise refusal("X907", f"{new.who} has prepared {what} and cannot review it", hint)


def signature_draft(what: Signing, ssh: str) -> Draft:
    """The record of a signature, with that of ssh where there is one."""
    one = what.signature
    meta: Meta = {"statement": what.statement} if what.statement else {}
    meta |= what.figures
    meta |= {"reason": what.reason} if what.reason else {}
    meta |= {"sha256": one.sha256} | ({"signature": ssh} if ssh else {})
    text = record_text(one.decided, SIGNED, [Account(one.account), one.as_of, one.role, one.who], meta)
    by = "" if ssh else ", not with a key: git is not set up for ssh signing"
    return Draft((text,), (), (f"{one.account} at {one.as_of} is signed by {one.who} as {one.role}{by}",))


def signers(ledger: Ledger, recon: Reconciliation) -> tuple[Signer, ...]:
    """The lines to sign on: who prepared and who reviewed a reconciliation, with nobody where nobody has."""
    standing, digest = _latest(ledger, recon), signed_hash(recon)
    return tuple(
        Signer(words, one.who, one.decided, one.sha256 != digest) if (one := standing.get(role)) else Signer(words)
        for role, words in _SIGNS_AS.items()
    )


def _latest(ledger: Ledger, recon: Reconciliation) -> dict[str, Signature]:
    """The last signature in each role under a reconciliation."""
    wanted = recon.account, recon.as_of, recon.unit.currency
    return {one.role: one for one in signatures(ledger) if (one.account, one.as_of, one.currency) == wanted}


# Whether what was signed still comes out the same.


def check_signed(ledger: Ledger) -> list[Problem]:
    """A611 for each signature whose statement, by what stands before it, is not what was signed, or not by two."""
    problems = []
    prepared: dict[tuple[str, date, str], Signature] = {}
    made: dict[tuple[str, date, str, int], Reconciliation] = {}  # by what is signed and how much stands before it
    for one in signatures(ledger):
        key = one.account, one.as_of, one.currency
        if one.role == PREPARER:
            prepared[key] = one
        elif one.role not in ROLES:
            problems.append(broken(one, f"nobody signs as {one.role}", "undo it, and sign anew"))
        elif key not in prepared or prepared[key].who == one.who:
            who = f"{one.who} prepared it as well" if key in prepared else "nobody had prepared it"
            problems.append(broken(one, who, "undo it; somebody else reviews: acct reconcile --sign --as reviewer"))
        assert one.record is not None  # noqa: S101 - it was read from one
        before = known_before(ledger, one.record.place, one.account)
        seen = *key, sum(len(parsed.entries) for parsed in before)
        if seen not in made:
            made[seen] = state(ledger_of(ledger, before), one.account, one.as_of, one.currency)
        if fault := _fault(made[seen], one.record.meta, one.sha256):
            hint = (
                "the other differences may name what was altered; else compare with a copy of the books from that day"
            )
            problems.append(broken(one, fault, hint))
    return problems


def _fault(recon: Reconciliation, signed: Meta, sha256: str) -> str:
    """How what was signed differs from what stands before the signature, in words; "" where it does not."""
    found = []
    for key, minor in _figures(recon).items():
        was, now, what = signed.get(key), recon.unit.text(minor), key.replace("-", " ")
        if not isinstance(was, Money) or was.number is None:
            found.append(f"{what} {now} comes out, and none was signed")
        elif was.number != to_decimal(minor, recon.unit.scale):
            found.append(f"{what} {was.number:f} was signed, and {now} comes out")
    if not found and signed_hash(recon) != sha256:
        found.append("its figures come out the same, but an item of it does not")
    return "; ".join(found)
