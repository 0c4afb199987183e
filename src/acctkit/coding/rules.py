"""Coding rules: what a line must be like, and how it is then coded; in a TOML text, the first that fits counts."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from acctkit.coding.lines import Law, Suggestion
from acctkit.coding.phrases import ANY, LONGEST, normal
from acctkit.ledger.items import KINDS, parties
from acctkit.ledger.ledger import Ledger
from acctkit.ledger.nearest import meant
from acctkit.money import parse_number
from acctkit.problem import Place, Problem, Refusal, error

FIXED, PERCENT, REST = "amount", "percent", "rest"
OWN_ROLES = ("bank", "cash", "card")
VAT_ROLES = ("vat", "vat-input", "vat-output")
_HUNDRED = Decimal(100)
_SIGNS = {"in": 1, "out": -1}
_KEYS = ("name", "when", "account", "vat", "party", "payee", "narration", "transfer", "split")
_WHEN = ("text", "account", "sign", "amount", "party")
_PART = (FIXED, PERCENT, REST, "account", "vat", "party")
_HEADER = re.compile(r"\s*\[\[\s*rule\s*\]\]")
_PART_HEADER = re.compile(r"\s*\[\[\s*rule\s*\.\s*split\s*\]\]")
_WHERE = re.compile(r"\(at line (\d+), column (\d+)\)")
_CODE = "B410"

Find = Callable[[str], str]


class Part(NamedTuple):
    """A part of a line: a fixed amount, a percentage of the whole, or what is left; and where it goes."""

    account: str
    code: str = ""
    party: str = ""
    kind: str = REST
    value: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it asks of a line, and the parts a line that fits is coded to, or the account it is a transfer to.

    `sign` is 1 for money in, -1 for money out, 0 for either. `least` and `most` are without a sign. `payer` is the
    party that the line must name. Without parts and transfer the line goes on the account of `party`.
    """

    name: str
    place: Place
    texts: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    sign: int = 0
    least: Decimal | None = None
    most: Decimal | None = None
    payer: str = ""
    parts: tuple[Part, ...] = ()
    transfer: str = ""
    party: str = ""
    payee: str = ""
    narration: str = ""


def read_rules(text: str, file: str, ledger: Ledger, find: Find, law: Law | None = None) -> tuple[Rule, ...]:
    """The rules of a TOML text, in their order, all that they name found in the books.

    `find` gives the account a name or nominal code means, or raises Refusal; `law` is that of the entity's VAT, None
    where it is not registered. Raises Refusal with every fault (B410), each at its line.
    """
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as reason:
        where = _WHERE.search(str(reason))
        line, column = (int(where[1]), int(where[2])) if where else (max(1, text.count("\n")), 1)
        lines = text.splitlines() or [""]
        shown = lines[min(line, len(lines)) - 1]
        place = Place(file, min(line, len(lines)), min(column, len(shown) + 1), min(column, len(shown) + 1) + 1, shown)
        words = _WHERE.sub("", str(reason)).replace("(at end of document)", "at the end of the file").strip()
        raise Refusal(error(_CODE, f"it is not valid TOML: {words}", place, "correct it in an editor")) from None
    reading = _Reading(_Places(text, file), ledger, find, law)
    rules = tuple(reading.rules(data))
    if reading.problems:
        raise Refusal(*sorted(reading.problems, key=lambda p: (p.place.line, p.place.column) if p.place else (0, 0)))
    return rules


class _Places:
    """Where the keys of each rule stand in the text."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines = text.splitlines() or [""]
        self.heads = [at for at, line in self._bare() if _HEADER.match(line)]
        self.parts = [at for at, line in self._bare() if _PART_HEADER.match(line)]

    def _bare(self) -> Iterator[tuple[int, str]]:
        """The lines outside strings that run over several."""
        mark = ""
        for at, line in enumerate(self.lines):
            if not mark:
                yield at, line
            for quotes in re.findall(r'"""|\'\'\'', line):
                mark = "" if mark == quotes else (mark or quotes)

    def at(self, rule: int, key: str = "", part: int = -1) -> Place:
        """The line of a rule (or of a part of it) that has a key, else the rule's first."""
        if rule >= len(self.heads):  # written as one array: only its beginning is known
            first = next((at for at, line in enumerate(self.lines) if line.lstrip().startswith("rule")), 0)
            return self._place(first, "")
        first = self.heads[rule]
        end = self.heads[rule + 1] if rule + 1 < len(self.heads) else len(self.lines)
        own = [at for at in self.parts if first < at < end]
        if part >= 0 and part < len(own):
            first, end = own[part], own[part + 1] if part + 1 < len(own) else end
        elif own and part < 0 and key != "split":
            end = own[0]
        found = re.compile(rf"(?:^|[\s{{,.\"']){re.escape(key)}[\"']?\s*=") if key else None
        for at in range(first, end) if found else ():
            if found and found.search(self.lines[at]):
                return self._place(at, key)
        return self._place(first, "")

    def _place(self, at: int, key: str) -> Place:
        line = self.lines[at]
        found = re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", line) if key else None
        if found:
            return Place(self.file, at + 1, found.start() + 1, found.end() + 1, line)
        start = len(line) - len(line.lstrip())
        return Place(self.file, at + 1, start + 1, len(line.rstrip()) + 1, line)


class _Reading:
    """The rules and their faults, while a file is gone through."""

    def __init__(self, places: _Places, ledger: Ledger, find: Find, law: Law | None) -> None:
        self.places = places
        self.ledger = ledger
        self.find = find
        self.law = law
        self.parties = parties(ledger)
        self.problems: list[Problem] = []
        self.at = 0
        self.part = -1

    def fault(self, key: str, message: str, hint: str = "correct the rule in an editor") -> None:
        """Note a fault at the place of a key."""
        self.problems.append(error(_CODE, message, self.places.at(self.at, key, self.part), hint))

    def rules(self, data: Mapping[str, Any]) -> Iterator[Rule]:
        """Each rule that has no fault."""
        listed = data.get("rule", [])
        for key in data:
            if key != "rule":
                self.fault(key, f"`{key}` means nothing here", "each rule begins with a line [[rule]]")
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            self.fault("rule", "`rule` is not a list of rules", "begin each rule with a line [[rule]]")
            return
        names: set[str] = set()
        for self.at, table in enumerate(listed):
            self.part = -1
            before = len(self.problems)
            rule = self._rule(table)
            if rule.name in names:
                self.fault("name", f"there is a rule `{rule.name}` already", "give each rule a name of its own")
            names.add(rule.name)
            if len(self.problems) == before:
                yield rule

    def _rule(self, table: Mapping[str, Any]) -> Rule:
        self._known(table, _KEYS, "a rule")
        name = self._text(table, "name")
        if not name and "name" not in table:
            self.fault("", "a rule without a name", 'name it, since what it posts will say so: name = "Bank charges"')
        when = table.get("when", {})
        if not isinstance(when, dict):
            self.fault("when", "`when` is not a table", 'write it as when = { text = "CHARGES", sign = "out" }')
            when = {}
        self._known(when, _WHEN, "`when`")
        least, most = self._range(when)
        sign = self._text(when, "sign")
        if sign and sign not in _SIGNS:
            self.fault("sign", f"`{sign}` is not a sign", 'write "in" for money in, "out" for money out')
        rule = Rule(
            name,
            self.places.at(self.at),
            tuple(self._phrases(when)),
            tuple(self._own_accounts(when)),
            _SIGNS.get(sign, 0),
            least,
            most,
            self._party(when, "party"),
            tuple(self._parts(table)),
            self._transfer(table),
            self._party(table, "party"),
            self._text(table, "payee"),
            self._text(table, "narration"),
        )
        if not when.keys() & {"text", "amount", "party"}:
            hint = 'say what it is for: when = { text = "ACCOUNT CHARGES" }'
            self.fault("when", "a rule that asks for no text, amount or party would take every line", hint)
        self._one_result(table)
        return rule

    def _one_result(self, table: Mapping[str, Any]) -> None:
        given = [key for key in ("account", "transfer", "split") if key in table]
        if len(given) > 1:
            self.fault(given[1], f"a rule has one of `account`, `split` and `transfer`, not {' and '.join(given)}")
        elif not given and "party" not in table:
            self.fault("", "a rule that codes to nothing", 'say where its lines go: account = "7901"')
        for key in ("vat", "party"):
            if key in table and {"transfer", "split"} & set(given) and not (key == "party" and "split" in given):
                hint = "leave it out" if "transfer" in given else "write it under the parts it belongs to"
                self.fault(key, f"`{key}` does not go with `{given[0]}`", hint)
        if "vat" in table and not given:
            self.fault("vat", "`vat` does not go with a party alone: its account holds the amount with VAT")

    def _known(self, table: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
        for key in table:
            if key not in keys:
                self.fault(key, f"`{key}` is not a key of {where}", meant(key, keys, f"the keys are {', '.join(keys)}"))

    def _text(self, table: Mapping[str, Any], key: str) -> str:
        value = table.get(key, "")
        if isinstance(value, str) and (value.strip() or key not in table):
            return value.strip()
        self.fault(key, f"`{key}` is not a text" if not isinstance(value, str) else f"`{key}` is empty")
        return ""

    def _texts(self, table: Mapping[str, Any], key: str) -> Iterator[str]:
        """One text, or several in a list."""
        value = table.get(key, [])
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                yield one.strip()
            else:
                self.fault(key, f"`{key}` is not a text or a list of texts")

    # What a rule asks.

    def _phrases(self, when: Mapping[str, Any]) -> Iterator[str]:
        for phrase in self._texts(when, "text"):
            plain = normal(phrase)
            if not any(sign.isalnum() for sign in plain):
                self.fault("text", f"`{phrase}` would be found in every text", "write words that the bank writes")
            elif len(plain) > LONGEST:
                self.fault("text", f"a text longer than {LONGEST} characters", f"use `{ANY}` for what may be left out")
            else:
                yield re.sub(r"\*+", ANY, " ".join(phrase.split()))

    def _own_accounts(self, when: Mapping[str, Any]) -> Iterator[str]:
        for name in self._texts(when, "account"):
            account = self._account(name, "account")
            if account:
                yield account

    def _range(self, when: Mapping[str, Any]) -> tuple[Decimal | None, Decimal | None]:
        """`12.99`, `5.00..50.00`, `..50.00` or `100.00..`, without a sign."""
        if "amount" not in when:
            return None, None
        value = when["amount"]
        ends = value.split("..") if isinstance(value, str) else [value]
        numbers = [_number(end) if end != "" else None for end in ends]
        is_bad = len(ends) > 2 or not any(end != "" for end in ends)
        if is_bad or any(number is None and end != "" for number, end in zip(numbers, ends, strict=True)):
            self.fault("amount", f"`{value}` is not an amount", 'write "12.99", "5.00..50.00", "..50.00" or "100.00.."')
            return None, None
        least, most = numbers[0], numbers[-1]
        if (least or 0) < 0 or (most or 0) < 0:
            self.fault("amount", "an amount is written without a sign", 'say sign = "out" for money out')
        elif least is not None and most is not None and least > most:
            self.fault("amount", f"no amount is from {least} to {most}", "write the smaller one first")
        return least, most

    # Where a line goes.

    def _parts(self, table: Mapping[str, Any]) -> list[Part]:
        if "split" not in table:
            if "account" not in table:
                return []
            part = self._goes(table, REST, Decimal(0), self._party(table, "party", told=True))
            return [part] if part else []
        listed = table["split"]
        if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
            self.fault("split", "`split` is not a list of parts", "begin each part with a line [[rule.split]]")
            return []
        parts = []
        for self.part, one in enumerate(listed):
            self._known(one, _PART, "a part")
            kind, value = self._size(one)
            part = self._goes(one, kind, value, self._party(one, "party"))
            parts += [part] if part else []
        self.part = -1
        if len(parts) == len(listed):
            self._whole(parts)
        return parts

    def _size(self, one: Mapping[str, Any]) -> tuple[str, Decimal]:
        kinds = [kind for kind in (FIXED, PERCENT, REST) if kind in one]
        if len(kinds) != 1:
            self.fault(kinds[1] if kinds else "", "a part has one of `amount`, `percent` and `rest`")
            return REST, Decimal(0)
        kind = kinds[0]
        if kind == REST:
            if one[REST] is not True:
                self.fault(REST, "`rest` is only ever true", "write rest = true, or leave it out")
            return REST, Decimal(0)
        number = _number(one[kind])
        if number is None or number <= 0:
            self.fault(kind, f"`{one[kind]}` is not more than zero", f'write it as {kind} = "12.50"')
            return kind, Decimal(1)
        return kind, number

    def _whole(self, parts: list[Part]) -> None:
        """Parts that leave nothing over: one takes what is left, percentages come to 100, or all are fixed."""
        rests = sum(part.kind == REST for part in parts)
        percent = sum((part.value for part in parts if part.kind == PERCENT), Decimal(0))
        is_all_fixed = all(part.kind == FIXED for part in parts)
        if rests > 1:
            self.fault("split", "two parts take what is left", "only one has rest = true")
        elif percent > _HUNDRED or (rests and percent == _HUNDRED):
            self.fault("split", f"the parts come to {percent:f} percent", "leave something for the others")
        elif not rests and not is_all_fixed and (percent != _HUNDRED or any(part.kind == FIXED for part in parts)):
            self.fault("split", "the parts leave something over", "let one take it: rest = true")

    def _goes(self, table: Mapping[str, Any], kind: str, value: Decimal, party: str) -> Part | None:
        name = self._text(table, "account")
        account = self._account(name, "account") if name else ""
        if not name and "account" not in table:
            self.fault("", "a part without an account", 'say where it goes: account = "7901"')
        code = self._text(table, "vat")
        if not account:
            return None
        role = self.ledger.role(account)
        if role in KINDS and not party:
            self.fault("account", f"{account} is a control account", "say whose: party = its code")
        if role in OWN_ROLES:
            self.fault("account", f"{account} is an account of one's own", f'write transfer = "{name}"')
        if code:
            self._vat(account, role, code)
        return Part(account, code, party, kind, value)

    def _vat(self, account: str, role: str, code: str) -> None:
        if self.law is None:
            self.fault("vat", "the entity is not registered for VAT", "leave the code out, or add [vat] to acct.toml")
            return
        if code not in self.law.codes:
            hint = meant(code, self.law.codes, f"the codes are {', '.join(self.law.codes)}")
            self.fault("vat", f"there is no VAT code `{code}`", hint)
            return
        kind = self.ledger.kind(account)
        is_supply = kind == "Income" or role == "deferred-income"
        if role in VAT_ROLES:
            return
        if not is_supply and (kind not in ("Expenses", "Assets") or role in (*KINDS, *OWN_ROLES)):
            self.fault("vat", f"{account} takes no VAT code", "only income, expenses and other assets do")
        elif (self.law.codes[code].supply if is_supply else self.law.codes[code].purchase) is None:
            self.fault("vat", f"{code} is not a code of a {'sale' if is_supply else 'purchase'}", "use another code")

    def _transfer(self, table: Mapping[str, Any]) -> str:
        name = self._text(table, "transfer")
        account = self._account(name, "transfer") if name else ""
        if account and self.ledger.role(account) not in OWN_ROLES:
            hint = 'a transfer is to an account of role "bank", "cash" or "card"; for any other write account ='
            self.fault("transfer", f"{account} is not a bank, cash or card account", hint)
        return account

    def _account(self, name: str, key: str) -> str:
        try:
            account = self.find(name)
        except Refusal as reason:
            problem = reason.problems[0]
            self.fault(key, problem.message, problem.hint)
            return ""
        if account in self.ledger.accounts:
            return account
        below = [other for other in self.ledger.accounts if other.startswith(f"{account}:")]
        self.fault(
            key, f"{account} is not an account that is open", f"name one below it, as {below[0]}" if below else ""
        )
        return ""

    def _party(self, table: Mapping[str, Any], key: str, *, told: bool = False) -> str:
        code = self._text(table, key) if not told else str(table.get(key, ""))
        if code and code not in self.parties and not told:
            hint = meant(code, self.parties, 'introduce it with a record: custom "supplier" "CODE" "Name"')
            self.fault(key, f"there is no customer or supplier {code}", hint)
        return code


def _number(value: object) -> Decimal | None:
    """A number of TOML, or one written as a text; None for anything else."""
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() else None


def rule_text(ledger: Ledger, one: Suggestion, name: str, words: str) -> str:
    """A rule that codes lines of these words as a suggestion does; "" where no rule says that."""
    nets = [leg for leg in one.legs if not leg.tax]
    if len(nets) != 1:
        return ""
    leg = nets[0]
    sign = "in" if one.line.amount.minor > 0 else "out"
    when = f"{{ text = {_quoted(words)}, account = {_quoted(one.line.account)}, sign = {_quoted(sign)} }}"
    lines = ["[[rule]]", f"name = {_quoted(name)}", f"when = {when}"]
    is_own = ledger.role(leg.account) in OWN_ROLES
    lines.append(f"{'transfer' if is_own else 'account'} = {_quoted(leg.account)}")
    lines += [f"vat = {_quoted(leg.code)}"] if leg.code else []
    party = leg.party or one.party
    lines += [f"party = {_quoted(party)}"] if party and not is_own else []
    lines += [f"payee = {_quoted(one.payee)}"] if one.payee and not is_own else []
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as TOML writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in escaped) + '"'
