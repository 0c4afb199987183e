"""acct post, acct reverse, acct seal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from acctkit.cli.context import Context, day_of
from acctkit.cli.load import checks, errors_in_words
from acctkit.cli.options import DryRun, Format, FormatOption, KeyOption, ReasonOption, YesOption
from acctkit.cli.show import clean_lines, show_json, show_problems, tell
from acctkit.money import parse_number, round_minor
from acctkit.problem import count, refusal

if TYPE_CHECKING:
    from acctkit.books.pen import Propose, Receipt
    from acctkit.documents import DocumentLine
    from acctkit.ledger.ledger import Ledger
    from acctkit.vat.codes import Country


class _PostGroup(typer.core.TyperGroup):
    """`acct post FILE` beside `acct post invoice ...`: what names no document is a file."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Send anything but a document's name or --help to the command that reads a file."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["file", *args]
        return super().parse_args(ctx, args)


post = typer.Typer(
    cls=_PostGroup, rich_markup_mode=None, no_args_is_help=True, add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Post entries: from a Beancount file or standard input, or a document by its facts.

    Every entry gets the next ref of its series. The draft is shown before it is written.

    Example: acct post accrual.beancount

    Example: acct post invoice ACME --line "Income:Design 1000.00 S" -m "Website redesign"
    """,
)  # fmt: skip

DateOption = Annotated[str, typer.Option("-d", "--date", metavar="DAY", help="Accounting date; default today.")]
Narration = Annotated[str, typer.Option("-m", "--narration", metavar="TEXT", help="What it is for.")]
RefOption = Annotated[str, typer.Option("--ref", metavar="REF", help="Our number; default the next of its series.")]
DueOption = Annotated[str, typer.Option("--due", metavar="DAY", help="Due date; default by the party's terms.")]
IssuedOption = Annotated[str, typer.Option("--issued", metavar="DAY", help="The document's own date, if another.")]
LinesOption = Annotated[
    list[str], typer.Option("-l", "--line", metavar="'ACCOUNT NET [CODE [TAX]]'", help="A line; repeat it for more.")
]
BankOption = Annotated[str, typer.Option("--bank", metavar="ACCOUNT", help="Bank account; default the only one.")]
WorthOption = Annotated[
    str, typer.Option("--worth", metavar="AMOUNT", help="Of foreign money: what it is worth in base currency.")
]
ForOption = Annotated[list[str], typer.Option("--for", metavar="REF", help="What it settles; repeat it for more.")]
Party = Annotated[str, typer.Argument(help="The party's code.", show_default=False)]


@post.command("file", hidden=True)
def file_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A file of entries, or - for standard input.")],
    reason: ReasonOption = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
) -> int:
    """Post the entries of a file or of standard input, all or none.

    Example: acct post accrual.beancount --dry-run
    """
    from acctkit.books.files import read_bytes
    from acctkit.posting import posted

    data = sys.stdin.buffer.read() if file == "-" else read_bytes(Path(file))
    name = "standard input" if file == "-" else file
    # What was piped in cannot also answer a question.
    return write(
        ctx.obj, lambda ledger: posted(ledger, name, data), dry_run, key, yes or file == "-", form, reason, plain=True
    )


@post.command("invoice")
def invoice(
    ctx: typer.Context,
    party: Party,
    line: LinesOption,
    narration: Narration = "",
    day: DateOption = "",
    issued: IssuedOption = "",
    due: DueOption = "",
    ref: RefOption = "",
    credit: Annotated[bool, typer.Option("--credit", help="A credit note.")] = False,
    reason: ReasonOption = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
) -> int:
    """Post a sales invoice, or with --credit a credit note; VAT is worked out from its code.

    Example: acct post invoice ACME --line "Income:Design 1000.00 S" -m "Website redesign"
    """
    kind = "sales-credit" if credit else "sales-invoice"
    facts = {"day": day, "issued": issued, "due": due, "ref": ref, "their_ref": "", "narration": narration}
    return write(ctx.obj, _document(ctx.obj, kind, party, line, facts), dry_run, key, yes, form, reason)


@post.command("bill")
def bill(
    ctx: typer.Context,
    party: Party,
    line: LinesOption,
    their_ref: Annotated[str, typer.Option("--their-ref", metavar="REF", help="The supplier's own number.")] = "",
    narration: Narration = "",
    day: DateOption = "",
    issued: IssuedOption = "",
    due: DueOption = "",
    ref: RefOption = "",
    credit: Annotated[bool, typer.Option("--credit", help="A supplier's credit note.")] = False,
    reason: ReasonOption = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
) -> int:
    """Post a purchase invoice, or with --credit a supplier's credit note.

    Example: acct post bill STAPLES --their-ref SI-99812 --line "Expenses:Stationery 245.00 S"
    """
    kind = "purchase-credit" if credit else "purchase-invoice"
    facts = {"day": day, "issued": issued, "due": due, "ref": ref, "their_ref": their_ref, "narration": narration}
    return write(ctx.obj, _document(ctx.obj, kind, party, line, facts), dry_run, key, yes, form, reason)


@post.command("receipt")
def receipt(
    ctx: typer.Context,
    party: Party,
    amount: Annotated[str, typer.Argument(help="How much came in.", show_default=False)],
    bank: BankOption = "",
    for_: ForOption = [],  # noqa: B006 - typer reads it, nobody changes it
    worth: WorthOption = "",
    narration: Narration = "",
    day: DateOption = "",
    ref: RefOption = "",
    reason: ReasonOption = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
) -> int:
    """Post money received from a customer, and what it settles.

    Example: acct post receipt ACME 1200.00 --for INV-0042
    """
    facts = {"narration": narration, "day": day, "ref": ref, "worth": worth}
    propose = _money(ctx.obj, "receipt", party, amount, bank, for_, facts)
    return write(ctx.obj, propose, dry_run, key, yes, form, reason)


@post.command("payment")
def payment(
    ctx: typer.Context,
    party: Party,
    amount: Annotated[str, typer.Argument(help="How much went out.", show_default=False)],
    bank: BankOption = "",
    for_: ForOption = [],  # noqa: B006 - typer reads it, nobody changes it
    worth: WorthOption = "",
    narration: Narration = "",
    day: DateOption = "",
    ref: RefOption = "",
    reason: ReasonOption = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
) -> int:
    """Post money paid to a supplier, and what it settles.

    Example: acct post payment STAPLES 294.00 --for BILL-0107
    """
    facts = {"narration": narration, "day": day, "ref": ref, "worth": worth}
    propose = _money(ctx.obj, "payment", party, amount, bank, for_, facts)
    return write(ctx.obj, propose, dry_run, key, yes, form, reason)


@post.command("journal")
def journal(
    ctx: typer.Context,
    legs: Annotated[
        list[str], typer.Argument(metavar="'ACCOUNT AMOUNT'...", help="Debits positive, credits negative.")
    ],
    narration: Narration = "",
    day: DateOption = "",
    kind: Annotated[str, typer.Option("--type", help="journal, accrual, prepayment, depreciation, ...")] = "journal",
    ref: RefOption = "",
    reason: ReasonOption = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
) -> int:
    """Post a journal of two legs or more that add up to zero.

    Example: acct post journal "Expenses:Rent 500.00" "Liabilities:Accruals -500.00" -m "Rent for March"
    """
    from acctkit import documents

    context: Context = ctx.obj
    on = _day(context, day)

    def propose(ledger: Ledger) -> Any:  # noqa: ANN401 - a Draft; typer reads these annotations
        return documents.journal(
            ledger, day=on, narration=narration, legs=[_leg(ledger, leg) for leg in legs], type=kind, ref=ref or None
        )

    return write(context, propose, dry_run, key, yes, form, reason)


def reverse(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="REF", help="The entry's ref, or id.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")] = "",
    day: DateOption = "",
    dry_run: DryRun = False,
    key: KeyOption = "",
    yes: YesOption = False,
    form: FormatOption = Format.auto,
) -> int:
    """Reverse an entry: post it again with every sign turned. What was posted stays.

    Example: acct reverse INV-0042 --reason "sent to the wrong customer"
    """
    from acctkit import documents

    context: Context = ctx.obj
    on = _day(context, day)
    return write(context, lambda ledger: documents.reversal(ledger, name, on, reason), dry_run, key, yes, form)


def seal(ctx: typer.Context, dry_run: DryRun = False) -> int:
    """Seal what was typed in an editor since the last append, once the books have no errors.

    Example: acct seal
    """
    from acctkit.audit import read_chain
    from acctkit.books import pen
    from acctkit.books.reader import open_books

    context: Context = ctx.obj
    if dry_run:
        for _, _, data in read_chain(open_books(context.root(), checks()).stream).unsealed:
            sys.stdout.write(data.decode(errors="replace"))
        return 0
    root = context.root()
    number, lines = pen.seal(root, context.writer(), checks())
    if not number:
        print("nothing is unsealed")
    elif lines:
        print(f"seal {number}: {lines} line{'s' if lines != 1 else ''} adopted")
    else:
        what = "the settings or the chart of accounts" if root.folder else "files that are included"
        print(f"seal {number}: {what} changed")
    return 0


# From words to drafts.


def _day(context: Context, text: str) -> date:
    return day_of(context, text, context.today) or context.today


def _document(context: Context, kind: str, party: str, lines: Sequence[str], facts: dict[str, str]) -> Propose:
    from acctkit import documents

    on = _day(context, facts["day"])
    issued, due = day_of(context, facts["issued"]), day_of(context, facts["due"])

    def propose(ledger: Ledger) -> Any:  # noqa: ANN401 - a Draft
        return documents.invoice(
            ledger, kind=kind, day=on, party=party, issued=issued, due=due,
            lines=[_line(ledger, text, issued or on) for text in lines], narration=facts["narration"],
            ref=facts["ref"] or None, their_ref=facts["their_ref"] or None,
        )  # fmt: skip

    return propose


def _money(
    context: Context, kind: str, party: str, amount: str, bank: str, settles: Sequence[str], facts: dict[str, str]
) -> Propose:
    from acctkit import documents

    on = _day(context, facts["day"])
    make = documents.receipt if kind == "receipt" else documents.payment

    def propose(ledger: Ledger) -> Any:  # noqa: ANN401 - a Draft
        account = _bank(ledger, bank)
        base = ledger.entity.currency
        taken = ledger.accounts[account].commodities if account in ledger.accounts else ()
        currency = taken[0] if len(taken) == 1 else base
        minor = _minor(ledger, amount, currency)
        foreign = None
        if currency != base:
            if not facts["worth"]:
                hint = f"say what it is worth in {base}: --worth AMOUNT"
                raise refusal("X907", f"{account} is kept in {currency}", hint)
            foreign = documents.Foreign(minor, currency)
            minor = _minor(ledger, facts["worth"], base)
        return make(
            ledger,
            day=on,
            party=party,
            bank_account=account,
            amount=minor,
            narration=facts["narration"],
            allocate=list(settles),
            ref=facts["ref"] or None,
            foreign=foreign,
        )

    return propose


def _bank(ledger: Ledger, name: str) -> str:
    from acctkit.reports.account import find_account

    if name:
        account = find_account(ledger, name)
        role = ledger.role(account)
        if role not in ("bank", "card", "cash") and (role or ledger.kind(account) not in ("Assets", "Liabilities")):
            raise refusal("X907", f"{account} is not a bank, card or cash account", "name one: --bank ACCOUNT")
        return account
    accounts = [account for account in ledger.with_role("bank") if not account.endswith(":Exchange")]
    if len(accounts) != 1:
        listed = f": {', '.join(accounts)}" if accounts else '; give one the role "bank"'
        raise refusal("X907", f"say which bank account{listed}", "--bank ACCOUNT")
    return accounts[0]


def _minor(ledger: Ledger, text: str, currency: str) -> int:
    number = parse_number(text)
    if number is None:
        raise refusal("X907", f"`{text}` is not an amount", "write it as 1200.00")
    minor = round_minor(number, ledger.scale(currency))
    if ledger.scale(currency) < 0 or number != number.__class__(minor).scaleb(-ledger.scale(currency)):
        raise refusal("X907", f"{text} has more decimal places than {currency} has", "round it")
    return minor


def _leg(ledger: Ledger, text: str) -> tuple[str, int, str, str]:
    """`ACCOUNT AMOUNT [CURRENCY | VAT CODE]` as an account, minor units, a commodity and a code."""
    from acctkit.reports.account import find_account

    words = text.split()
    if len(words) not in (2, 3):
        raise refusal("X907", f"`{text}` is not a leg", 'write "ACCOUNT AMOUNT", like "Expenses:Rent 500.00"')
    currency, code = ledger.entity.currency, ""
    if len(words) == 3:
        country = _country(ledger)
        if country is not None and words[2] in country.codes:
            code = words[2]
        else:
            currency = words[2]
    return find_account(ledger, words[0]), _minor(ledger, words[1], currency), currency, code


def _country(ledger: Ledger) -> Country | None:
    from acctkit.vat.codes import load_country

    return load_country(ledger.entity.vat.country) if ledger.entity.vat else None


def _line(ledger: Ledger, text: str, day: date) -> DocumentLine:
    """`ACCOUNT NET [CODE [TAX]]`; the tax of a code is worked out where it is not given."""
    from acctkit.documents import DocumentLine
    from acctkit.ledger.nearest import meant
    from acctkit.reports.account import find_account

    words = text.split()
    if not 2 <= len(words) <= 4:
        hint = 'write "ACCOUNT NET [CODE [TAX]]", like "Income:Design 1000.00 S"'
        raise refusal("X907", f"`{text}` is not a line", hint)
    currency = ledger.entity.currency
    net = _minor(ledger, words[1], currency)
    code = words[2] if len(words) > 2 else ""
    country = _country(ledger)
    if code and country is None:
        raise refusal("X907", "the entity is not registered for VAT", "leave the code out, or add [vat] to acct.toml")
    if code and country is not None and code not in country.codes:
        hint = meant(code, country.codes, f"the codes are {', '.join(country.codes)}")
        raise refusal("X907", f"there is no VAT code `{code}`", hint)
    if len(words) == 4:
        tax = _minor(ledger, words[3], currency)
    else:
        tax = country.tax_on(net, code, day, ledger.scale(currency)) if country is not None and code else 0
    return DocumentLine(find_account(ledger, words[0]), net, code, tax, "")


# Writing.


def write(
    context: Context,
    propose: Propose,
    dry_run: bool,
    key: str,
    yes: bool,
    form: Format,
    reason: str = "",
    plain: bool = False,
) -> int:
    """Show a draft, ask where somebody is there to answer, append it, and say what was written.

    With a reason its entries bear it, so that a soft lock takes them. A draft is `plain` that asks the books for
    refs only: it may be made by the index.
    """
    from acctkit.books import pen
    from acctkit.books.reader import open_books
    from acctkit.posting import reasoned

    root, writer = context.root(), context.writer()

    def drafted(ledger: Any) -> Any:  # noqa: ANN401 - a Ledger or Quick gives a Draft
        return reasoned(propose(ledger), reason)

    if dry_run or (context.can_ask and not yes):
        books = open_books(root, checks())
        text, _ = pen.tried(books, drafted, writer, checks(), key)
        if dry_run:
            return _show_draft(text, form, count(books.ledger.problems))
        if text:
            tell(text)
            if not typer.confirm("Post this?", default=True, err=True):
                tell("nothing was written")
                return 2
    done = pen.append(root, drafted, writer, checks(), key, drafted if plain else None)
    if not context.can_ask and done.line and form is not Format.json:
        tell(done.draft.text)
    return _report(done, form)


def _show_draft(text: str, form: Format, problems: dict[str, int]) -> int:
    if form is Format.json:
        show_json({"schema": "acctkit.post/1", "problems": problems, "dry_run": True, "text": text})
    else:
        sys.stdout.write(clean_lines(text) if sys.stdout.isatty() else text)
    return 0


def _report(done: Receipt, form: Format) -> int:
    if words := errors_in_words(done.problems["errors"]):
        tell(words)
    if form is Format.json:
        show_json(
            {
                "schema": "acctkit.post/1",
                "problems": done.problems,
                "refs": list(done.refs),
                "ids": list(done.ids),
                "file": done.file,
                "line": done.line or None,
                "reasons": list(done.draft.reasons),
                "pending": done.pending,
            }
        )
        return int(done.problems["errors"] > 0)
    show_problems(done.warnings, sys.stderr)
    for reason in done.draft.reasons:
        tell(reason)
    if done.adopted:
        lines = (
            "a line typed in an editor was" if done.adopted == 1 else f"{done.adopted} lines typed in an editor were"
        )
        tell(f"{lines} sealed with it")
    if done.pending:
        which = "an entry flagged ! stands" if done.pending == 1 else f"{done.pending} entries flagged ! stand"
        tell(f"not sealed: {which} after the last seal; once flagged *, acct seal seals it all")
    if done.line:
        print(f"posted {', '.join(done.refs) or 'records'} to {done.file}, line {done.line}")
    else:
        print(f"nothing was written: {', '.join(done.refs) or 'this'} was posted under this key before")
    return int(done.problems["errors"] > 0)
