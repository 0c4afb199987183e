"""The grammar of one line: the next token, and the parts that all directives share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow

from acctkit.journal.entries import Account, Commodity, CostSpec, Money, Posting, Price, Tag, Value
from acctkit.journal.tokens import (
    LONGEST_ACCOUNT,
    MOST_DIGITS,
    PLAIN_POSTING,
    Token,
    Unreadable,
    bad_account,
    is_account,
    no_day,
    read_date,
    read_number,
    too_long,
    unquote,
)
from acctkit.money import ARITHMETIC, scale_of

DEEPEST_NESTING = 100


def plain_posting(text: str, line: int, roots: tuple[str, ...]) -> Posting | None:
    """What most lines of a transaction are: an account, its amount, a lot of one cost; None for any other line."""
    match = PLAIN_POSTING.fullmatch(text)
    if match is None:
        return None
    account, number, commodity, braces, cost, cost_in, year, month, day, price, price_in = match.groups()
    if len(account) > LONGEST_ACCOUNT or not is_account(account, roots):
        return None
    if braces is None:
        return Posting(account, Money(Decimal(number), commodity) if number else None, None, None, None, {}, line)
    try:
        bought = date(int(year), int(month), int(day)) if year else None
    except ValueError:
        return None
    if price and price_in != cost_in:
        return None
    return Posting(
        account, Money(Decimal(number), commodity), CostSpec(Decimal(cost), None, cost_in, bought),
        Price(Decimal(price), price_in, is_total=False) if price else None, None, {}, line,
    )  # fmt: skip


class Line:
    """A logical line being read: the next token, and the parts of the grammar that all directives share."""

    def __init__(self, tokens: list[Token], end: int, roots: tuple[str, ...]) -> None:
        self.tokens = tokens
        self.at = 0
        self.end = end
        self.roots = roots
        self.remarks: list[Unreadable] = []

    @property
    def next(self) -> Token:
        """The next token, not taken yet."""
        if self.at < len(self.tokens):
            return self.tokens[self.at]
        return Token("end", "", self.end, self.end)

    def take(self, kind: str, text: str | None = None) -> Token | None:
        """The next token if it is of that kind and text, else None and nothing is taken."""
        token = self.next
        if token.kind != kind or (text is not None and token.text != text):
            return None
        self.at += 1
        return token

    def need(self, kind: str, what: str, hint: str = "") -> Token:
        """The next token, which must be of that kind; `what` says in words what was expected."""
        token = self.take(kind)
        if token is None:
            raise self.wrong(f"expected {what}", hint)
        return token

    def wrong(self, message: str, hint: str = "", code: str = "J102") -> Unreadable:
        """A complaint about the next token."""
        token = self.next
        if token.kind == "other" and token.text == '"':
            return Unreadable(
                "J104", "a string without its closing quote", token.start, self.end, 'add the closing `"`'
            )
        found = " here" if token.kind == "end" else f", found `{token.text.splitlines()[0][:40]}`"
        return Unreadable(code, message + found, token.start, max(token.end, token.start + 1), hint)

    def finish(self) -> None:
        """Nothing may be left on the line."""
        if self.next.kind != "end":
            raise self.wrong("expected the end of the line")

    def string(self, what: str) -> str:
        """A quoted string."""
        return unquote(self.need("string", what, f"write {what} in double quotes").text)

    def account(self) -> str:
        """An account; a name that is not valid is noted, and taken all the same."""
        token = self.need("account", "an account", "accounts look like `Assets:Bank:Current`")
        if len(token.text) > LONGEST_ACCOUNT:
            raise too_long(token.start, token.end)
        if not is_account(token.text, self.roots):
            self.remarks.append(bad_account(token, self.roots))
        return token.text

    def commodity(self) -> str:
        """A commodity."""
        return self.need("commodity", "a commodity", "commodities are in capitals, like `GBP`").text

    def date(self) -> date | None:
        """A date if one is next."""
        token = self.take("date")
        if token is None:
            return None
        day = read_date(token.text)
        if day is None:
            raise no_day(token.text, token.start)
        return day

    # Numbers and what is made of them.

    def starts_number(self) -> bool:
        """Whether a number or an expression is next."""
        token = self.next
        return token.kind == "number" or (token.kind == "mark" and token.text in "+-(")

    def number(self) -> Decimal:
        """A number or an arithmetic expression, worked out with 28 digits as beancount does."""
        start = self.next.start
        try:
            value = self._sum(0)
        except (DivisionByZero, InvalidOperation, Overflow):
            end = self.tokens[self.at - 1].end
            raise Unreadable(
                "J103", "this expression has no value", start, end, "is something divided by zero?"
            ) from None
        if value.adjusted() >= MOST_DIGITS or scale_of(value) > MOST_DIGITS:
            end = self.tokens[self.at - 1].end
            hint = f"at most {MOST_DIGITS} digits may stand before and after the point"
            raise Unreadable("J103", "this number is too long", start, end, hint)
        return value

    def _sum(self, depth: int) -> Decimal:
        value = self._product(depth)
        while True:
            if self.take("mark", "+"):
                value = ARITHMETIC.add(value, self._product(depth))
            elif self.take("mark", "-"):
                value = ARITHMETIC.subtract(value, self._product(depth))
            else:
                return value

    def _product(self, depth: int) -> Decimal:
        value = self._factor(depth)
        while True:
            if self.take("mark", "*"):
                value = ARITHMETIC.multiply(value, self._factor(depth))
            elif self.take("mark", "/"):
                value = ARITHMETIC.divide(value, self._factor(depth))
            else:
                return value

    def _factor(self, depth: int) -> Decimal:
        negative = False
        while self.next.kind == "mark" and self.next.text in "+-":
            negative ^= self.next.text == "-"
            self.at += 1
        if self.take("mark", "("):
            if depth >= DEEPEST_NESTING:
                raise self.wrong("too many brackets inside one another", code="J103")
            value = self._sum(depth + 1)
            if not self.take("mark", ")"):
                raise self.wrong("expected a closing `)`", code="J103")
        else:
            token = self.need("number", "a number")
            found = read_number(token.text)
            if found is None:
                hint = "commas stand only between groups of three digits"
                raise Unreadable("J103", f"`{token.text}` is not a number", token.start, token.end, hint)
            value = found
        return value.copy_negate() if negative else value

    def amount(self, what: str) -> tuple[Decimal, str]:
        """A number and its commodity."""
        if not self.starts_number():
            raise self.wrong(f"expected {what}", "an amount is a number and a commodity, like `12.50 GBP`")
        return self.number(), self.commodity()

    def value(self) -> Value:
        """A metadata or custom value: text, account, date, amount, number, commodity, tag, yes or no."""
        token = self.next
        if token.kind == "string":
            self.at += 1
            return unquote(token.text)
        if token.kind == "account":
            return Account(self.account())
        if token.kind == "date":
            return self.date()
        if token.kind == "tag":
            self.at += 1
            return Tag(token.text[1:])
        if token.kind == "commodity":
            self.at += 1
            return Commodity(token.text)
        if token.kind == "word":
            self.at += 1
            return {"TRUE": True, "FALSE": False, "NULL": None}[token.text]
        if self.starts_number():
            number = self.number()
            commodity = self.take("commodity")
            return Money(number, commodity.text) if commodity else number
        raise self.wrong("expected a value", "text stands in double quotes", code="J107")

    # The parts of a posting.

    def units(self) -> Money | None:
        """A number and a commodity, either of which may be missing; None where both are."""
        number = self.number() if self.starts_number() else None
        commodity = token.text if (token := self.take("commodity")) else None
        return None if number is None and commodity is None else Money(number, commodity)

    def price(self, units: Money | None, cost: CostSpec | None) -> Price | None:
        """`@` or `@@` and a price, parts of which may be missing; None where there is no mark, or it cannot count."""
        mark = self.take("mark", "@") or self.take("mark", "@@")
        if mark is None:
            return None
        start = self.next.start
        money = self.units() or Money(None, None)
        if money.number is not None and money.number < 0:
            end = self.tokens[self.at - 1].end
            hint = "write the price without a sign"
            self.remarks.append(Unreadable("L213", "a price is never negative", start, end, hint))
            money = Money(money.number.copy_abs(), money.commodity)
        end = self.tokens[self.at - 1].end
        if mark.text == "@@" and (units is None or units.number is None):
            hint = "write the units; without them the price does not count"
            self.remarks.append(Unreadable("J102", "a total price needs the units it is for", mark.start, end, hint))
            return None
        currency = cost.commodity if cost else None
        if currency and money.commodity and currency != money.commodity:
            message = f"the cost is in {currency}, the price in {money.commodity}"
            self.remarks.append(Unreadable("J102", message, mark.start, end, "write both in one commodity"))
        return Price(money.number, money.commodity, mark.text == "@@")

    def cost(self) -> CostSpec | None:
        """What stands in braces, or None where there are none."""
        opening = self.take("mark", "{") or self.take("mark", "{{")
        if opening is None:
            return None
        closing = "}" * len(opening.text)
        spec = CostSpec()
        if not self.take("mark", closing):
            while True:
                spec = self._cost_part(spec, double=len(opening.text) == 2)
                if self.take("mark", closing):
                    break
                if not self.take("mark", ","):
                    raise self.wrong(f"expected `,` or `{closing}`")
        return spec

    def _cost_part(self, spec: CostSpec, *, double: bool) -> CostSpec:
        """One part between the braces: an amount, a date or a label; the first of each kind counts."""
        token = self.next
        if token.kind == "date":
            return self._once(spec.date, spec._replace(date=self.date()), spec, token.start, token.end)
        if token.kind == "string":
            return self._once(spec.label, spec._replace(label=self.string("a label")), spec, token.start, token.end)
        if token.kind == "mark" and token.text == "*":
            hint = "acct and beancount keep lots apart: leave the `*` out"
            message = "merging lots at their average cost is not supported"
            self.remarks.append(Unreadable("J102", message, token.start, token.end, hint))
            self.at += 1
            return spec
        per_unit = self.number() if self.starts_number() else None
        total: Decimal | None = None
        has_total = self.take("mark", "#") is not None
        if has_total:
            total = self.number() if self.starts_number() else None
        commodity = found.text if (found := self.take("commodity")) else None
        # Only the first part may be empty: `{, "lot"}`.
        may_be_empty = self.next.text == "," and self.tokens[self.at - 1].text in ("{", "{{")
        if per_unit is None and not has_total and commodity is None and not may_be_empty:
            raise self.wrong("expected a cost, a date or a label")
        if double and has_total:
            message, hint = (
                "a total cost has no cost of one unit beside it",
                "use single braces, or leave one number out",
            )
            self.remarks.append(Unreadable("J102", message, token.start, self.tokens[self.at - 1].end, hint))
            per_unit = None
        elif double:
            per_unit, total = None, per_unit
        missing = (has_total and per_unit is None) or (has_total and total is None)
        new = spec._replace(per_unit=per_unit, total=total, commodity=commodity, is_partial=missing and not double)
        given = spec.per_unit if spec.per_unit is not None else spec.total
        return self._once(given, new, spec, token.start, token.end)

    def _once(self, given: object, new: CostSpec, old: CostSpec, start: int, end: int) -> CostSpec:
        if given is None:
            return new
        self.remarks.append(Unreadable("J102", "this part of the cost stands here twice", start, end, "remove one"))
        return old
