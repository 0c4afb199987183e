"""What two texts about money have in common: reference numbers and names.

A reference is compared by its key: upper case, no punctuation, no leading zeros, so that `INV-0042`,
`INV 0042` and `Invoice 42` are all `INV42`. A number without letters, as a cheque has, begins with `#`.
The letters before a number are its series.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from types import ModuleType
from typing import Literal, NamedTuple, TypeAlias

Likeness: TypeAlias = Literal["similar", "neutral", "unnamed", "other"]
SIMILAR: Likeness = "similar"
NEUTRAL: Likeness = "neutral"
UNNAMED: Likeness = "unnamed"
OTHER: Likeness = "other"

CHEQUE_SERIES = "#"
# A number of fewer digits, on its own, is as likely a card, a branch or a year as a reference.
_LEAST_DIGITS = 5
_LEAST_LETTERS = 3
_SHORT_WORD = 2
_TRUNCATED = 5
# In percent: how many of the shorter name's letters must stand in the other; how alike typing errors leave it.
_ENOUGH = 60
_TYPING_ERROR = 85
_WORD_ERROR = 75
# How sure a resemblance is, in percent, from a few letters at the head of a name up to all of it.
_WHOLE, _MOSTLY, _INITIALS, _HEAD = 100, 90, 75, 65
_LONG_HEAD = 8
SHOWN_BY_END = _HEAD

_SERIES = dict.fromkeys(("CHQ", "CHEQUE", "CHEQ", "CQ", "CHECK", "CHK"), CHEQUE_SERIES) | {"INVOICE": "INV"}
_BETWEEN = frozenset(("NO", "NR", "NUM", "NUMBER", "REF"))
_TOKEN = re.compile(r"[A-Z]+|[0-9]+")
_KEY = re.compile(r"([A-Z]+|#)([0-9]+)")
_PUNCTUATION = re.compile(r"[^A-Z0-9]+")
_LETTERS_AND_REST = re.compile(r"([A-Z]*)0*([0-9].*)")
_DIGIT = re.compile(r"[0-9]")
_SPLIT_NUMBER = re.compile(r"[-/.]")
_NEXT_IN_LIST = re.compile(r" ?[,&+] ?")

# What banks write round a name, and what nearly every company's name has: neither tells parties apart.
_JARGON = """ACCOUNT ACH AND AT ATM BACS BAC BANK BATCH BBP BGC BILL BP BY CARD CASH CHAPS CHARGE CHARGES CHECK CHEQUE
    CHQ CONTACTLESS COUNTER CR CREDIT DD DEB DEBIT DEP DEPOSIT DIRECT DR EUR FASTER FEE FEES FOR FPI FPO FPS FROM
    GBP GIRO IN INTEREST INV INVOICE MASTERCARD MOBILE NO NR NUMBER OF ON ONLINE ORDER OUT PAID PAYMENT PAYMENTS
    PMT POS PURCHASE PYMT RECEIPT REF REFERENCE REFUND RTP SEPA SETTLEMENT SO STANDING STO TFR THE TO TRANSFER
    TRF USD VIA VISA WIRE WITHDRAWAL JAN FEB MAR APR MAY JUN JUL AUG SEP SEPT OCT NOV DEC JANUARY FEBRUARY MARCH
    APRIL JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER ORIG DES ID CCD PPD WEB TYPE CHECKCARD ZELLE MERCHANT
    LODGEMENT BULK MISC FRM CLG CDM IBFT CHGS COMM RECEIVED RECU VIR VIREMENT PRELEVEMENT PAIEMENT CARTE REMISE
    CHEQUES GUTSCHRIFT LASTSCHRIFT UEBERWEISUNG KARTENZAHLUNG SAMMELGUTSCHRIFT ENTGELT ZINSEN FRAIS COMMISSION
    CHQS MULTIPLE SALARIES WAGES PAYROLL COLLECTION INWARD OUTWARD AUTOMATED INCOMING OUTGOING REMITTANCE EFT
    RETURNED RETURN UNPAID DRAWER REFER RUECKGABE ITEM VOID BANKING TRANSACTION TXN TRANS SERVICE SUNDRY VALUE
    DATED BY"""
_FORMS = """LTD LIMITED PLC LLP LLC INC CO COMPANY CORP CORPORATION CIC GMBH BV NV AG SA SARL SAS SRL DAC OY AB AS
    UK GROUP HOLDINGS MR MRS MS MISS DR"""
_IGNORED = frozenset(f"{_JARGON} {_FORMS}".split())


class References(NamedTuple):
    """The reference keys of a row.

    `stated` are those known to be references, `found` these and all read out of the text. `firm` are those
    that surely number a document, by series: two rows whose firm numbers differ are not the same thing.
    """

    stated: frozenset[str]
    found: frozenset[str]
    firm: dict[str, frozenset[str]]


def reference_key(text: str) -> str:
    """The key of a reference, "" where the text has no number."""
    match = _LETTERS_AND_REST.fullmatch(_PUNCTUATION.sub("", text.upper()))
    if not match or match[2] == "0":
        return ""
    return (_SERIES.get(match[1], match[1]) or CHEQUE_SERIES) + match[2]


def series_of(keys: Iterable[str]) -> frozenset[str]:
    """The series that some references are numbered in."""
    return frozenset(match[1] for key in keys if (match := _KEY.fullmatch(key)))


def references(stated: Iterable[str], text: str, known_series: frozenset[str] = frozenset()) -> References:
    """The references of a row: those stated, and those in its text.

    `known_series` are letters that a number may follow even where they end a longer word.
    """
    given = {words: key for words in stated if (key := reference_key(words))}
    keys = set(given.values())
    # A number without letters may be anything, unless it was said to be a cheque's.
    firm = {key for words, key in given.items() if not key.startswith(CHEQUE_SERIES) or words[0].isalpha()}
    # A supplier's number is often quoted without its letters.
    keys |= {
        CHEQUE_SERIES + match[2].lstrip("0")
        for key in keys
        if (match := _KEY.fullmatch(key)) and len(match[2].lstrip("0")) >= _LEAST_DIGITS
    }
    found = set(keys)
    for words in (*given, text):
        if _DIGIT.search(words):
            labelled, loose = _in_text(words, known_series)
            found |= labelled | loose
            firm |= labelled
    by_series: dict[str, set[str]] = {}
    for key in firm:
        if match := _KEY.fullmatch(key):
            by_series.setdefault(match[1], set()).add(key)
    return References(frozenset(keys), frozenset(found), {name: frozenset(of) for name, of in by_series.items()})


def _in_text(text: str, known_series: frozenset[str]) -> tuple[set[str], set[str]]:
    """Keys in a text: numbers that follow a word, and numbers or codes on their own."""
    upper = text.upper()
    labelled: set[str] = set()
    codes = [reference_key(chunk) for chunk in upper.split() if _DIGIT.search(chunk)]
    loose = {key for key in codes if key and not key.startswith(CHEQUE_SERIES)}
    label, joined, end = "", "", -1
    for token in _TOKEN.finditer(upper):
        word = token[0]
        gap = upper[end : token.start()] if end >= 0 else ""
        if not word.isdigit():
            label = label if word in _BETWEEN and label else word
            joined = ""
        else:
            if joined and _SPLIT_NUMBER.fullmatch(gap):
                joined += word
            elif not joined or _NEXT_IN_LIST.fullmatch(gap):
                joined = word
            else:
                label, joined = "", word
            labelled |= _labelled(label, joined, known_series)
            if len(word) >= _LEAST_DIGITS and word.strip("0"):
                loose.add(CHEQUE_SERIES + word.lstrip("0"))
        end = token.end()
    return labelled, loose - labelled


def _labelled(label: str, digits: str, known_series: frozenset[str]) -> set[str]:
    """The keys of a number after a word, which may have run into the word before it."""
    number = digits.lstrip("0")
    if not label or not number:
        return set()
    return {name + number for name in _series_in(label, known_series)}


@lru_cache(maxsize=1 << 12)
def _series_in(label: str, known_series: frozenset[str]) -> frozenset[str]:
    """The series that a word names, or that has run into its end."""
    glued = {label[start:] for start in range(1, len(label) - 1)} & known_series
    return frozenset(_SERIES.get(name, name) for name in {label, *glued})


def name_words(text: str) -> tuple[str, ...]:
    """The words of a text that may be a name: upper case, without accents, numbers, jargon, legal forms."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    upper = text.upper().replace("'", "").replace("’", "")
    return tuple(
        word for word in re.findall(r"\w+", upper.replace("_", " ")) if word not in _IGNORED and not _DIGIT.search(word)
    )


def likeness(left: tuple[str, ...], name: tuple[str, ...], text: tuple[str, ...] = ()) -> Likeness:
    """Whether the words on the left show a name; all three are as `name_words` gives them.

    "unnamed" where one side shows none: then the `text` beside the name can speak for a pair, never against
    it. "other" where both are there and have nothing at all in common, also not with that text; "neutral"
    where they have something, but too little.
    """
    if not left or not (name or text):
        return UNNAMED
    if name and resemblance(left, name):
        return SIMILAR
    if name and is_of_another(left, name):
        return NEUTRAL
    wanted = name or text
    shared = sum(len(word) for word in set(left) & set(wanted))
    if shared >= _LEAST_LETTERS and 100 * shared >= _ENOUGH * min(_letters(left), _letters(wanted)):
        return SIMILAR
    if not name:
        return UNNAMED
    heads = {word[:4] for word in left if len(word) >= _LEAST_LETTERS}
    related = shared or any(word[:4] in heads for word in (*name, *text) if len(word) >= _LEAST_LETTERS)
    return NEUTRAL if related else OTHER


class Shape(NamedTuple):
    """What of some words is compared with others, made once.

    `runs` are the words run together, from each of them on; `initials` are the first three of them and more;
    `initial` is the one word of one letter, "" where there is none, or more than one.
    `is_shown_by_rest` tells that words could show a name also without any that begins as the name does.
    """

    words: tuple[str, ...]
    runs: tuple[str, ...]
    letters: int
    firsts: frozenset[str]
    initials: frozenset[str]
    is_shown_by_rest: bool
    initial: str


@lru_cache(maxsize=1 << 16)
def shape(words: tuple[str, ...]) -> Shape:
    """The shape of some words, at least one; words of two letters are kept whole in initials: HM Revenue."""
    runs = tuple("".join(words[start:]) for start in range(len(words)))
    initials = "".join(word if len(word) <= _SHORT_WORD else word[0] for word in words) if len(words) > 1 else ""
    heads = frozenset(initials[:end] for end in range(_LEAST_LETTERS, len(initials) + 1))
    letters = _letters(words)
    rest = sum(len(word) for word in words if word[0] != words[0][0])
    is_short = all(len(word) <= _SHORT_WORD for word in words if word[0] == words[0][0])
    firsts = frozenset(word[0] for word in words)
    single = [word for word in words if len(word) == 1]
    initial = single[0] if len(single) == 1 else ""
    return Shape(words, runs, letters, firsts, heads, is_short or 100 * rest >= _ENOUGH * letters, initial)


@lru_cache(maxsize=1 << 16)
def resemblance(left: tuple[str, ...], name: tuple[str, ...]) -> int:
    """How surely words show a name, in percent; 0 where they do not.

    They show it however it is spaced, also cut off at the end, by its initials, with errors of typing, with
    its vowels dropped, or by most of its words.
    """
    return resembles(shape(left), shape(name)) if left and name else 0


def resembles(left: Shape, name: Shape) -> int:
    """The same of two shapes."""
    best = 0
    if name.words[0][0] in left.firsts:
        best = _contained(left, name)
        best = best if best >= _MOSTLY else max(best, _by_words(left, name))
        best = best if best >= _MOSTLY else max(best, _nearly(left, name))
    elif name.is_shown_by_rest:
        best = _by_words(left, name)
    is_initials = not left.initials.isdisjoint(name.words) or not name.initials.isdisjoint(left.words)
    return best or (_INITIALS if is_initials else 0)


def _letters(words: tuple[str, ...]) -> int:
    return sum(map(len, set(words)))


def _contained(left: Shape, name: Shape) -> int:
    """Whether the name stands in the words however they are spaced, or is cut off at their end."""
    squashed = name.runs[0]
    best = 0
    for rest in left.runs:
        if rest[0] != squashed[0]:
            continue
        if len(squashed) >= _TRUNCATED and rest.startswith(squashed):
            return _WHOLE
        if len(rest) >= _TRUNCATED and squashed.startswith(rest):
            best = max(best, _MOSTLY if len(rest) >= _LONG_HEAD else _HEAD)
    return best


def _by_words(left: Shape, name: Shape) -> int:
    """How much of a name the words cover one by one: equal, cut off, mistyped or without vowels."""
    if left.initial and is_of_another(left.words, name.words):
        return 0
    free = list(left.words)
    covered = 0
    missed = False
    for word in name.words:
        for shown in free:
            if shown == word or (shown[0] == word[0] and _is_word(shown, word)):
                free.remove(shown)
                covered += len(word)
                break
        else:
            if word[0] in free:  # an initial: R Fox for Ruth Fox
                free.remove(word[0])
                covered += 1
            else:
                missed = missed or len(word) > _SHORT_WORD
    if not missed and covered >= _TRUNCATED:
        return _MOSTLY
    enough = covered >= _LEAST_LETTERS and 100 * covered >= _ENOUGH * min(name.letters, left.letters)
    return _HEAD if enough and 100 * covered >= _ENOUGH * name.letters else 0


def is_of_another(left: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether words show one initial, and it is not one of a first and a last name: B Fox is not Ruth Fox."""
    initials = [word for word in left if len(word) == 1]
    if len(initials) != 1 or len(name) != 2 or initials[0] in (name[0][0], name[1][0]):
        return False
    return not all(any(is_word(shown, word) for shown in left) for word in name)


def is_shown_by_end(name: Shape) -> bool:
    """Whether a long second word alone shows a name of two words, as surely as `SHOWN_BY_END`."""
    long = len(name.words) == 2 and len(name.words[0]) > _SHORT_WORD and len(name.words[1]) >= _LEAST_LETTERS
    return long and name.is_shown_by_rest and name.words[1][0] != name.words[0][0]


def is_word(shown: str, word: str) -> bool:
    """Whether a word is another, also cut off, mistyped or without vowels."""
    return shown == word or (shown[0] == word[0] and _is_word(shown, word))


@lru_cache(maxsize=1 << 18)
def _is_word(shown: str, word: str) -> bool:
    """Whether a word of the same first letter is another cut off, mistyped or without vowels."""
    if len(word) <= _LEAST_LETTERS or len(shown) < _LEAST_LETTERS:
        return False
    return word.startswith(shown) or skeleton(shown) == skeleton(word) or _alike(shown, word, _WORD_ERROR)


@lru_cache(maxsize=1 << 16)
def skeleton(word: str) -> str:
    """A word without the vowels after its first letter, nor one consonant twice in a row."""
    bare = word[0] + word[1:].translate(_NO_VOWELS)
    return "".join(sign for at, sign in enumerate(bare) if not at or sign != bare[at - 1])


_NO_VOWELS = str.maketrans("", "", "AEIOUY")


def _nearly(left: Shape, name: Shape) -> int:
    """Whether both differ by no more than errors of typing, as far as the shorter one goes."""
    theirs = name.runs[0]
    if len(theirs) < _TRUNCATED:
        return 0
    best = 0
    for start, ours in enumerate(left.runs):
        if ours[0] != theirs[0] or len(ours) < _TRUNCATED + 1:
            continue
        if abs(len(ours) - len(theirs)) <= _SHORT_WORD and _alike(ours, theirs, _TYPING_ERROR):
            return _MOSTLY
        shorter = min(len(ours), len(theirs))
        if (shorter >= _LONG_HEAD or start == 0) and _alike(ours[:shorter], theirs[:shorter], _TYPING_ERROR):
            shown = _MOSTLY if shorter >= 2 * _TRUNCATED else _HEAD
            best = shown if shorter >= _LONG_HEAD else max(best, _HEAD)
    return best


@lru_cache(maxsize=1)
def _edits() -> ModuleType:
    from rapidfuzz.distance import OSA  # noqa: PLC0415 - loaded where names are compared

    return OSA


def _alike(one: str, other: str, percent: int) -> bool:
    """Whether two words differ by few edits, a swap of neighbours counting as one."""
    return bool(_edits().normalized_similarity(one, other) * 100 >= percent)


_RUN = re.compile(r"[0-9]+(?:[-/. ][0-9]+)*")
_LEAST_RUN = 3


def numbers(given: Iterable[str], text: str) -> frozenset[str]:
    """The runs of digits in references and a text: without leading zeros, whole and in parts."""
    runs: set[str] = set()
    for words in (*given, text):
        for match in _RUN.finditer(words):
            parts = re.split(r"[-/. ]", match[0])
            runs.update(part.lstrip("0") for part in (*parts, "".join(parts)))
    return frozenset(run for run in runs if len(run) >= _LEAST_RUN)


_OF_SUMS = re.compile(
    r"(?i)\b(batch|bulk|deposits?|dep|settlements?|lodgements?|counter|credit|remise|sammel\w*|payouts?|takings|bacs"
    r"|multiple|paid in|chqs|cheques|salaries|wages|payroll|collections?|gocardless|stripe|sumup|worldpay|adyen|klarna"
    r"|mollie|izettle|zettle|paypal|elavon|barclaycard|global payments)\b"
)
_OF_BANK = re.compile(
    r"(?i)\b(charges?|chgs?|fees?|interest|int|comm|commission|entgelt|zinsen|frais|overdraft|penalty)\b"
)


def is_of_sums(text: str) -> bool:
    """Whether a bank's words are those for several amounts put together."""
    return bool(_OF_SUMS.search(text))


def is_of_bank(text: str) -> bool:
    """Whether a bank's words are those for what it takes or gives itself."""
    return bool(_OF_BANK.search(text))
