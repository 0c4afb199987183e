"""Where on its line a part of an entry stands: what a caret points at.

A problem is made with the place of a line; here it is narrowed to the account, amount or text at fault. The line is
read again for that, so that entries need not keep the columns of all their parts.
"""

from __future__ import annotations

from acctkit.journal.entries import Entry, Posting
from acctkit.journal.tokens import Token, tokenize
from acctkit.problem import Place

_SIGNS = ("+", "-", "(")
_OF_NUMBERS = ("+", "-", "*", "/", "(", ")", "~")
_OPENING, _CLOSING = ("{", "{{"), ("}", "}}")
_PRICE = ("@", "@@")


def _tokens(place: Place) -> list[Token]:
    return tokenize(place.text, 0)[0]


def _from(place: Place, tokens: list[Token]) -> Place:
    """The place from the first to the last of tokens; the place itself where there are none."""
    if not tokens:
        return place
    return place._replace(column=tokens[0].start + 1, end_column=tokens[-1].end + 1)


def part(place: Place, kind: str, text: str = "", nth: int = 0) -> Place:
    """The nth token of a kind, and of that text if one is given; the place itself where there is none."""
    found = [token for token in _tokens(place) if token.kind == kind and text in ("", token.text)]
    return _from(place, found[nth : nth + 1])


def account(place: Place, name: str = "") -> Place:
    """The account of that name, or the first one."""
    return part(place, "account", name)


def commodity(place: Place, name: str) -> Place:
    """The commodity of that name."""
    return part(place, "commodity", name)


def string(place: Place, nth: int) -> Place:
    """The nth quoted text, without its quotes where it has any text."""
    return _unquoted(part(place, "string", nth=nth))


def quoted(place: Place, text: str) -> Place:
    """The quoted text that says just this."""
    return _unquoted(part(place, "string", f'"{text}"'))


def _unquoted(place: Place) -> Place:
    is_quoted = place.text[place.column - 1 : place.column] == '"' and place.end_column - place.column > 2
    return place._replace(column=place.column + 1, end_column=place.end_column - 1) if is_quoted else place


def day(place: Place) -> Place:
    """The date."""
    return part(place, "date")


def amount(place: Place) -> Place:
    """The first number with its commodity, neither in braces nor after `@`; else the commodity; else the account."""
    tokens = _tokens(place)
    end = next((i for i, token in enumerate(tokens) if token.text in (*_OPENING, *_PRICE)), len(tokens))
    for index, token in enumerate(tokens[:end]):
        if token.kind == "number" or token.text in _SIGNS:
            return _from(place, _amount(tokens, index))
    named = next((i for i, token in enumerate(tokens) if token.kind == "account"), 0)
    bare = [token for token in tokens[named:end] if token.kind == "commodity"]
    return _from(place, bare[:1]) if bare else account(place)


def _amount(tokens: list[Token], start: int) -> list[Token]:
    """The tokens of the number or expression that begins there, and its commodity."""
    end = start
    while end < len(tokens) and (tokens[end].kind == "number" or tokens[end].text in _OF_NUMBERS):
        end += 1
    if end < len(tokens) and tokens[end].kind == "commodity":
        end += 1
    return tokens[start:end]


def cost(place: Place) -> Place:
    """What stands in braces, with them; the amount where there are none."""
    tokens = _tokens(place)
    start = next((i for i, token in enumerate(tokens) if token.text in _OPENING), None)
    if start is None:
        return amount(place)
    end = next((i for i, token in enumerate(tokens) if token.text in _CLOSING), len(tokens) - 1)
    return _from(place, tokens[start : end + 1])


def price(place: Place) -> Place:
    """The price with its `@`; the amount where there is none."""
    tokens = _tokens(place)
    start = next((i for i, token in enumerate(tokens) if token.text in _PRICE), None)
    return amount(place) if start is None else _from(place, [tokens[start], *_amount(tokens, start + 1)])


def value(place: Place, index: int) -> Place:
    """The value of a record at an index; what follows the last one where the record has fewer."""
    tokens = _tokens(place)
    kind = next((i for i, token in enumerate(tokens) if token.kind == "string"), len(tokens) - 1)
    at, seen = kind + 1, 0
    while at < len(tokens):
        is_number = tokens[at].kind == "number" or tokens[at].text in _SIGNS
        own = _amount(tokens, at) if is_number else tokens[at : at + 1]
        if seen == index:
            return _unquoted(_from(place, own))
        at += len(own)
        seen += 1
    end = len(place.text.rstrip()) + 1
    return place._replace(column=end, end_column=end + 1)


def words(place: Place) -> Place:
    """All values of a record, from the first to the last; its kind where it has none."""
    tokens = _tokens(place)
    kind = next((i for i, token in enumerate(tokens) if token.kind == "string"), 0)
    return _from(place, tokens[kind + 1 :] or tokens[kind : kind + 1])


def posting(entry: Entry, leg: Posting) -> Place:
    """The line of a posting; the entry's first line where it has none of its own."""
    return entry.source.place(leg.line or entry.line)


def meta(entry: Entry, key: str, leg: Posting | None = None) -> Place:
    """The value of an entry's metadata, or of a posting's; the line itself where it was not written there."""
    start = leg.line if leg is not None else entry.line
    for line in range(start + 1, entry.last_line + 1):
        place = entry.source.place(line)
        tokens = _tokens(place)
        if not tokens or tokens[0].kind != "key":
            if tokens and tokens[0].kind not in ("tag", "link"):
                break  # the next posting: its metadata is its own
        elif tokens[0].text == key:
            return _unquoted(_from(place, tokens[2:] or tokens[:1]))
    return account(posting(entry, leg)) if leg is not None else entry.source.place(entry.line)
