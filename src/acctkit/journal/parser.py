"""The text of one file to entries, options and problems.

It never raises on bad text: a directive that cannot be read becomes a problem with its place, and reading
goes on at the next one. What is read here is the whole Beancount v3 language.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import NamedTuple, TypeVar

from acctkit.journal import entries as e
from acctkit.journal import spans
from acctkit.journal.line import Line, plain_posting
from acctkit.journal.roots import ROOTS
from acctkit.journal.source import Source
from acctkit.journal.tokens import (
    PLAIN_HEADER,
    PLAIN_META,
    YES,
    Token,
    Unreadable,
    is_part,
    no_day,
    tokenize,
    unquote,
)
from acctkit.journal.typos import explained
from acctkit.problem import Place, Problem, error, warning

TWICE = "stands here twice"  # a key of metadata: the entry is kept
_DIRECTIVE_START = re.compile(r"\d{4,}[-/]\d+[-/]\d+[ \t]|(?:option|include|plugin|push|pop)[a-z]* ")
_FLAGS = "*!&#?%PSTCURM"
# A heading or a flag alone on its line is none, and neither is `#` with a word: that reads as a tag.
_COMMENT = re.compile(r";|[*:!&?%].|#[^A-Za-z0-9\-_/.]")
_LONGEST_STRING_LINES = 64
_MOST_PUSHED = 1000  # tags, and as many keys: each entry bears them all
_ROOT_OPTIONS = ("name_assets", "name_liabilities", "name_equity", "name_income", "name_expenses")
_T = TypeVar("_T", bound=e.Entry)
_Say = Callable[[str, str, Place, str], Problem]


class Parsed(NamedTuple):
    """What one file holds, in the order it stands there."""

    source: Source
    entries: list[e.Entry]
    options: list[e.Option]
    includes: list[e.Include]
    plugins: list[e.Plugin]
    problems: list[Problem]


def parse(source: Source) -> Parsed:
    """Read one file; problems are in the order of their lines."""
    return _Parser(source).parse()


class _Head(NamedTuple):
    """The first line of a dated directive: its day, its line number, and the words after the date."""

    day: date
    line: int


class _Parser:
    """The state of reading one file: where it stands, what was pushed, what was found."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.lines = source.lines
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.at = 0  # the line to read next, from 0
        self.roots: tuple[str, ...] = ROOTS
        self.tags: list[tuple[str, int]] = []
        self.pushed: frozenset[str] = frozenset()  # the names of `tags`
        self.meta: dict[str, list[tuple[e.Value, int]]] = {}
        self.result = Parsed(source, [], [], [], [], [])
        self.current = 0  # the line of the directive being read, from 0
        self.latest: list[Token] = []  # those of the logical line last read

    # Lines and problems.

    def parse(self) -> Parsed:
        if self._has_foreign_encoding() or self._has_foreign_line_ends():
            return self.result
        while self.at < len(self.lines):
            self.current = self.at
            line = self.lines[self.at]
            if not line or _COMMENT.match(line):
                self.at += 1
            elif header := PLAIN_HEADER.fullmatch(line):
                self._guarded(partial(self._plain_transaction, header), Line([], 0, self.roots))
            elif line[0].isdigit():
                self._guarded(self._dated)
            elif line[0] in " \t\r\f\v":
                self._stray(line)
            else:
                self._guarded(self._undated)
        self._check_popped()
        if self.source.undecodable:
            self._drop_undecodable()
        self.result.problems.sort(key=lambda p: p.place.line if p.place else 0)
        return self.result

    def _has_foreign_encoding(self) -> bool:
        """A file in UTF-16 is one problem; bytes that are not UTF-8 are one too, and their entries go."""
        data, source = self.source.data, self.source
        if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data[:64].count(b"\0") > len(data[:64]) // 3:
            hint = "save it as UTF-8: iconv -f UTF-16 -t UTF-8 OLD > NEW"
            place = Place(source.name, 1, 1, 2, "")
            self.result.problems.append(error("J110", "this file is UTF-16, not UTF-8", place, hint))
            return True
        if source.has_byte_order_mark:
            hint = "save it without a byte order mark; the rest was read"
            self._say("J110", "the file begins with a byte order mark", 0, 1, hint)
        return False

    def _has_foreign_line_ends(self) -> bool:
        """A file whose lines end in CR alone is one line to every other reader, and one problem here."""
        if "\n" in self.text or "\r" not in self.text.strip():
            return False
        hint = "save it with LF line ends: tr '\\r' '\\n' < OLD > NEW"
        place = Place(self.source.name, 1, 1, 2, "")
        self.result.problems.append(error("J101", "the lines of this file end in CR alone", place, hint))
        return True

    def _drop_undecodable(self) -> None:
        """Entries with bytes that are not UTF-8, but for those in comments, are problems and do not count."""
        kept = []
        for entry in self.result.entries:
            at = next((n for n in range(entry.line, entry.last_line + 1) if self._is_garbled(n)), 0)
            if at:
                start = self.text.index("\ufffd", self.starts[at - 1])
                hint = "save the file as UTF-8, for instance: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"
                self._say("J110", "this is not UTF-8, so the entry is left out", start, start + 1, hint)
            else:
                kept.append(entry)
        self.result.entries[:] = kept

    def _is_garbled(self, line: int) -> bool:
        if line not in self.source.undecodable:
            return False
        tokens, _ = tokenize(self.text, self.starts[line - 1])
        return any("\ufffd" in token.text for token in tokens)

    def _place(self, start: int, end: int) -> Place:
        """The place of a span of the text; a span over several lines is cut at the end of its first."""
        line = bisect_right(self.starts, start) - 1
        line = min(line, len(self.lines) - 1)
        column = start - self.starts[line] + 1
        end_column = min(end - self.starts[line], len(self.lines[line])) + 1
        return self.source.place(line + 1, column, end_column)

    def _say(self, code: str, message: str, start: int, end: int, hint: str, say: _Say = error) -> None:
        self.result.problems.append(say(code, message, self._place(start, end), hint))

    def _stray(self, line: str) -> None:
        """An indented line outside a directive."""
        self.at += 1
        text = line.strip()
        if not text or text.startswith(";"):
            return
        start = self.starts[self.current] + len(line) - len(line.lstrip())
        hint = "a blank line ends an entry: remove it, or begin a new entry with a date"
        self._say("J108", "this line belongs to no entry", start, start + len(text), hint)

    def _guarded(self, read: Callable[[Line], None], line: Line | None = None) -> None:
        """Read one directive; on a complaint, note it and go on at the next line that begins one."""
        if line is None:
            line = self._logical_line()
        try:
            read(line)
        except Unreadable as complaint:
            self._recover(complaint, self.current)

    def _logical_line(self) -> Line:
        """The tokens of the line to read next; a string may carry it over several lines."""
        tokens, end = tokenize(self.text, self.starts[self.at])
        self.at = bisect_right(self.starts, end)
        self.latest = tokens
        return Line(tokens, end, self.roots)

    def _recover(self, complaint: Unreadable, first: int) -> None:
        """Note a complaint about the directive whose first line is `first`, and go on at the next one."""
        swallowed = [n for n in range(first + 1, self.at) if _DIRECTIVE_START.match(self.lines[n])]
        opened = self._opened(complaint, taken=bool(swallowed))
        if opened is not None:
            hint = 'add the closing `"`'
            self._say("J104", "a string without its closing quote", opened.start, opened.end, hint)
            if swallowed:
                self.at = swallowed[0]
                return
        else:
            said = explained(complaint, self.text, self.roots)
            self._say(said.code, said.message, said.start, said.end, said.hint)
        while self.at < len(self.lines) and self.lines[self.at].strip() and self.lines[self.at][0] in " \t":
            self.at += 1

    def _opened(self, complaint: Unreadable, *, taken: bool) -> Token | None:
        """The string that was never closed, on the line last read: it ended at the first quote of another one.

        It is one where it took a directive with it, or where what cannot be read stands close after its end.
        """
        strings = [t for t in self.latest if t.kind == "string" and "\n" in t.text and t.start <= complaint.start]
        close = [t for t in strings if t.end == complaint.start or complaint.code == "J104"]
        return next(iter(strings if taken else close), None)

    def _say_remarks(self, line: Line) -> None:
        """Keep what is wrong on a line that could be read all the same."""
        for remark in line.remarks:
            self._say(remark.code, remark.message, remark.start, remark.end, remark.hint)
        line.remarks.clear()

    # Directives without a date.

    def _undated(self, line: Line) -> None:
        word = line.take("name")
        read = self._UNDATED.get(word.text) if word else None
        if read is None:
            token = line.tokens[0]
            hint = "an entry begins with a date, a comment with `;`"
            raise Unreadable("J101", "this is not a directive", token.start, line.end, hint)
        read(self, line)
        line.finish()

    def _option(self, line: Line) -> None:
        name, value = line.string("the option's name"), line.string("the option's value")
        self.result.options.append(e.Option(name, value, self.current + 1))
        if name in _ROOT_OPTIONS and is_part(value):
            index = _ROOT_OPTIONS.index(name)
            self.roots = (*self.roots[:index], value, *self.roots[index + 1 :])

    def _include(self, line: Line) -> None:
        self.result.includes.append(e.Include(line.string("a file name"), self.current + 1))

    def _plugin(self, line: Line) -> None:
        module = line.string("a plugin's name")
        config = unquote(token.text) if (token := line.take("string")) else None
        self.result.plugins.append(e.Plugin(module, config, self.current + 1))

    def _pushtag(self, line: Line) -> None:
        token = line.need("tag", "a tag")
        self._allow_push(len(self.tags), "tags", token.start, token.end)
        self.tags.append((token.text[1:], self.current))
        self.pushed = frozenset(tag for tag, _ in self.tags)

    def _allow_push(self, pushed: int, what: str, start: int, end: int) -> None:
        if pushed >= _MOST_PUSHED:
            message = f"more than {_MOST_PUSHED:,} {what} are pushed"
            raise Unreadable("J109", message, start, end, "pop those that are no longer meant")

    def _poptag(self, line: Line) -> None:
        token = line.need("tag", "a tag")
        for index in range(len(self.tags) - 1, -1, -1):
            if self.tags[index][0] == token.text[1:]:
                del self.tags[index]
                self.pushed = frozenset(tag for tag, _ in self.tags)
                return
        message = f"tag {token.text} was not pushed"
        raise Unreadable("J109", message, token.start, token.end, "push it, or remove this line")

    def _pushmeta(self, line: Line) -> None:
        token = line.need("key", "a key and a colon")
        key = token.text
        self._allow_push(len(self.meta), "keys", token.start, token.end)
        line.take("mark", ":")
        value = line.value() if line.next.kind != "end" else None
        self.meta.setdefault(key, []).append((value, self.current))

    def _popmeta(self, line: Line) -> None:
        token = line.need("key", "a key and a colon")
        line.take("mark", ":")
        if not self.meta.get(token.text):
            message = f"metadata `{token.text}` was not pushed"
            raise Unreadable("J109", message, token.start, token.end, "push it, or remove this line")
        self.meta[token.text].pop()

    _UNDATED: dict[str, Callable[[_Parser, Line], None]] = {  # noqa: RUF012 - never changed
        "option": _option,
        "include": _include,
        "plugin": _plugin,
        "pushtag": _pushtag,
        "poptag": _poptag,
        "pushmeta": _pushmeta,
        "popmeta": _popmeta,
    }

    def _check_popped(self) -> None:
        left = [(f"tag #{tag}", f"poptag #{tag}", "tag", at) for tag, at in self.tags]
        keys = [(key, at) for key, values in self.meta.items() for _, at in values]
        left += [(f"metadata `{key}`", f"popmeta {key}:", "key", at) for key, at in keys]
        for what, remedy, kind, at in left:
            place = spans.part(self.source.place(at + 1), kind)
            hint = f"end it with a line `{remedy}`"
            self.result.problems.append(error("J109", f"{what} is pushed and never popped", place, hint))

    # Dated directives.

    def _dated(self, line: Line) -> None:
        day = line.date()
        if day is None:
            token = line.tokens[0]
            if re.match(r"\d{4}-\d", self.lines[self.current]):
                raise Unreadable("J105", "this date cannot be read", token.start, token.end, "write year-month-day")
            hint = "an entry begins with a date like 2026-04-14"
            raise Unreadable("J101", "this is not a directive", token.start, line.end, hint)
        head = _Head(day, self.current + 1)
        word = line.take("name")
        if word is None or word.text == "txn":
            flag = "*" if word else self._flag(line)
            if flag is None:
                raise line.wrong("expected a flag or a directive", "a transaction is `2026-04-14 * ...`")
            self._transaction(head, flag, line)
            return
        read = self._DATED.get(word.text)
        if read is None:
            hint = f"the directives are {', '.join(sorted(self._DATED))}"
            raise Unreadable("J101", f"`{word.text}` is not a directive", word.start, word.end, hint)
        read(self, head, line)

    def _flag(self, line: Line) -> str | None:
        """A flag: one of the marks, or a capital letter standing alone."""
        token = line.next
        is_flag = (token.kind == "mark" and token.text in _FLAGS) or (
            token.kind == "commodity" and len(token.text) == 1
        )
        if not is_flag:
            return None
        line.at += 1
        return token.text

    def _add(self, make: Callable[..., _T], head: _Head, line: Line, *fields: object) -> None:
        """Finish a directive that takes no postings: read its metadata and keep it."""
        line.finish()
        self._say_remarks(line)
        meta = self._own_meta()
        last = self._last_line(head.line)
        self.result.entries.append(make(head.day, meta, self.source, head.line, last, *fields))

    def _with_pushed(self, meta: e.Meta) -> e.Meta:
        for key, values in self.meta.items():
            if values and key not in meta:
                meta[key] = values[-1][0]
        return meta

    def _own_meta(self) -> e.Meta:
        """The metadata lines that follow a directive; anything else that is indented is a problem."""
        meta: e.Meta = {}
        while (line := self._indented()) is not None:
            if line.next.kind != "key":
                raise line.wrong('expected metadata, like `key: "value"`')
            own: e.Meta = {}
            at = line.next
            self._key_value(line, own)
            if at.text in meta:
                message = f"`{at.text}` {TWICE}; the last counts"
                self._say("J107", message, at.start, at.end, "remove one", warning)
            meta |= own
        return self._with_pushed(meta)

    def _indented(self) -> Line | None:
        """The next line if it belongs to the entry: indented, not blank; comments are passed over."""
        while self.at < len(self.lines):
            text = self.lines[self.at]
            if not text or text[0] not in " \t":
                return None
            bare = text.strip()
            if not bare:
                return None
            if bare[0] != ";":
                return self._logical_line()
            self.at += 1
        return None

    def _key_value(self, line: Line, meta: e.Meta) -> None:
        key = line.need("key", "a key")
        line.take("mark", ":")
        value = line.value() if line.next.kind != "end" else None
        line.finish()
        self._say_remarks(line)
        self._set_meta(meta, key.text, value, key.start)

    def _set_meta(self, meta: e.Meta, key: str, value: e.Value, start: int) -> None:
        if key in meta:
            say = warning if e.is_one(value, meta[key]) else error
            self._say("J107", f"`{key}` {TWICE}; the first counts", start, start + len(key), "remove one", say)
        else:
            meta[key] = value

    # Transactions.

    def _plain_transaction(self, header: re.Match[str], _line: Line) -> None:
        """The common header, read without tokens."""
        self.at = self.current + 1
        day = self._plain_day(header)
        first, second = header[5], header[6]
        payee, narration = (first, second) if second is not None else (None, first or "")
        marks = header[7].split()
        tags = {m[1:] for m in marks if m[0] == "#"}
        links = {m[1:] for m in marks if m[0] == "^"}
        flag = "*" if header[4] == "txn" else header[4]
        self._body(_Head(day, self.current + 1), flag, payee, narration, tags, links)

    def _plain_day(self, header: re.Match[str]) -> date:
        try:
            return date(int(header[1]), int(header[2]), int(header[3]))
        except ValueError:
            text = f"{header[1]}-{header[2]}-{header[3]}"
            raise no_day(text, self.starts[self.current]) from None

    def _transaction(self, head: _Head, flag: str, line: Line) -> None:
        strings = []
        while (token := line.next).kind == "string" or token.text == "|":
            line.at += 1
            if token.kind == "string":
                strings.append(token)
            else:
                if any(o.name == "allow_pipe_separator" and o.value.upper() in YES for o in self.result.options):
                    continue
                hint = "leave the `|` out; the entry was read"
                self._say("J102", "payee and narration stand side by side", token.start, token.end, hint)
        if len(strings) > 2:
            extra = strings[2]
            message, hint = "a transaction has a payee and a narration, no more", "remove one of the texts"
            raise Unreadable("J102", message, extra.start, extra.end, hint)
        texts = [unquote(token.text) for token in strings]
        for token in strings:
            self._warn_long(token.text, token.start)
        payee = texts[0] if len(texts) == 2 else None
        narration = texts[-1] if texts else ""
        tags, links = self._tags_links(line)
        line.finish()
        self._body(head, flag, payee, narration, tags, links)

    def _warn_long(self, text: str, start: int) -> None:
        if text.count("\n") > _LONGEST_STRING_LINES:
            message = f"this string runs over {text.count(chr(10)) + 1} lines: is a quote missing?"
            self._say("J104", message, start, start + 1, "check where it ends", warning)

    def _tags_links(self, line: Line) -> tuple[set[str], set[str]]:
        tags: set[str] = set()
        links: set[str] = set()
        while line.next.kind in ("tag", "link"):
            token = line.next
            (tags if token.kind == "tag" else links).add(token.text[1:])
            line.at += 1
        return tags, links

    def _body(self, head: _Head, flag: str, payee: str | None, narration: str, tags: set[str], links: set[str]) -> None:
        """The lines under a transaction's header: metadata, more tags and links, postings."""
        meta: e.Meta = {}
        postings: list[e.Posting] = []
        while self.at < len(self.lines):
            text = self.lines[self.at]
            if plain := plain_posting(text, self.at + 1, self.roots):
                postings.append(plain)
                self.at += 1
                continue
            target = postings[-1].meta if postings else meta
            if pair := PLAIN_META.fullmatch(text):
                self._set_meta(target, pair[1], pair[2], self.starts[self.at] + pair.start(1))
                self.at += 1
                continue
            line = self._indented()
            if line is None:
                break
            if line.next.kind == "key":
                self._key_value(line, target)
            elif line.next.kind in ("tag", "link"):
                if postings:
                    hint = "write it above the postings; it was read"
                    start, end = line.next.start, line.next.end
                    self._say("J102", "a tag or link under a posting", start, end, hint)
                more_tags, more_links = self._tags_links(line)
                line.finish()
                tags |= more_tags
                links |= more_links
            else:
                postings.append(self._posting(line))
        all_tags = self._all_tags(tags)
        self.result.entries.append(
            e.Transaction(
                head.day, self._with_pushed(meta), self.source, head.line, self._last_line(head.line),
                flag, payee, narration, all_tags, frozenset(links), tuple(postings),
            )
        )  # fmt: skip

    def _last_line(self, first: int) -> int:
        """The last line that holds something of the entry: comments after it are not its own."""
        last = self.at
        while last > first and self.lines[last - 1].lstrip().startswith(";"):
            last -= 1
        return last

    def _posting(self, line: Line) -> e.Posting:
        at = bisect_right(self.starts, line.tokens[0].start)
        flag = self._flag(line) if line.next.kind != "account" else None
        account = line.account()
        units = line.units()
        cost = line.cost()
        price = line.price(units, cost)
        self._say_remarks(line)
        line.finish()
        if units is None and (cost or price):
            units = e.Money(None, None)
        return e.Posting(account, units, cost, price, flag, {}, at)

    # The other dated directives.

    def _open(self, head: _Head, line: Line) -> None:
        account = line.account()
        commodities = []
        if line.take("mark", ",") or line.next.kind == "commodity":  # beancount lets the list begin with a comma
            commodities.append(line.commodity())
            while line.take("mark", ","):
                commodities.append(line.commodity())
        booking = unquote(token.text) if (token := line.take("string")) else None
        self._add(e.Open, head, line, account, tuple(commodities), booking)

    def _close(self, head: _Head, line: Line) -> None:
        self._add(e.Close, head, line, line.account())

    def _commodity(self, head: _Head, line: Line) -> None:
        self._add(e.Commodities, head, line, line.commodity())

    def _pad(self, head: _Head, line: Line) -> None:
        self._add(e.Pad, head, line, line.account(), line.account())

    def _balance(self, head: _Head, line: Line) -> None:
        account = line.account()
        if not line.starts_number():
            raise line.wrong("expected an amount", "an amount is a number and a commodity, like `12.50 GBP`")
        number = line.number()
        tolerance = line.number() if line.take("mark", "~") else None
        self._add(e.Balance, head, line, account, number, line.commodity(), tolerance)

    def _price_entry(self, head: _Head, line: Line) -> None:
        commodity = line.commodity()
        number, quote = line.amount("a price")
        self._add(e.PriceEntry, head, line, commodity, number, quote)

    def _note(self, head: _Head, line: Line) -> None:
        account, comment = line.account(), line.string("a remark")
        tags, links = self._tags_links(line)
        self._add(e.Note, head, line, account, comment, self._all_tags(tags), frozenset(links))

    def _document(self, head: _Head, line: Line) -> None:
        account, path = line.account(), line.string("a file name")
        tags, links = self._tags_links(line)
        self._add(e.Document, head, line, account, path, self._all_tags(tags), frozenset(links))

    def _all_tags(self, tags: set[str]) -> frozenset[str]:
        """An entry's own tags and those that are pushed, which entries share where they have no others."""
        return self.pushed | tags if tags else self.pushed

    def _event(self, head: _Head, line: Line) -> None:
        self._add(e.Event, head, line, line.string("a name"), line.string("a value"))

    def _query(self, head: _Head, line: Line) -> None:
        self._add(e.Query, head, line, line.string("a name"), line.string("a query"))

    def _custom(self, head: _Head, line: Line) -> None:
        kind = line.string("what kind of record this is")
        values: list[e.Value] = []
        while line.next.kind != "end":
            token = line.next
            value = line.value()
            if value is None or isinstance(value, e.Tag | e.Commodity):
                hint = "a record takes texts, dates, yes or no, amounts, numbers and accounts"
                raise Unreadable("J102", "this value cannot stand in a record", token.start, token.end, hint)
            values.append(value)
        self._add(e.Custom, head, line, kind, tuple(values))

    _DATED: dict[str, Callable[[_Parser, _Head, Line], None]] = {  # noqa: RUF012 - never changed
        "open": _open,
        "close": _close,
        "commodity": _commodity,
        "pad": _pad,
        "balance": _balance,
        "price": _price_entry,
        "note": _note,
        "document": _document,
        "event": _event,
        "query": _query,
        "custom": _custom,
    }
