"""acct audit: the proof of the books, and what an auditor asks of them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from acctkit.cli.context import Context, period_of
from acctkit.cli.load import account_for_report, checks, exit_code, load, warn
from acctkit.cli.options import BeginOption, EndOption, Format, FormatOption, OutputFile, PeriodOption
from acctkit.cli.show import output, problem_json, show, show_json, show_problems
from acctkit.cli.waiting import long_reading
from acctkit.problem import count, refusal

audit = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Prove that nothing posted was altered, and answer an auditor's questions.

    Example: acct audit verify
    """,
)


@audit.command("verify")
def verify(
    ctx: typer.Context,
    head: Annotated[
        list[str], typer.Option("--head", metavar="HASH", help="A head published before; repeat it for more.")
    ] = [],  # noqa: B006 - typer reads it, nobody changes it
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Verify the seals, the whole Git history, locks, files of evidence and published heads.

    What was filed and signed, VAT returns and reconciliations, is worked out again. Nothing is taken from an
    index. Exit code 1 where there is any difference.

    Example: acct audit verify --head 4be1c2d39a77
    """
    from acctkit.audit.verify import head_json, report
    from acctkit.books.proof import prove
    from acctkit.books.reader import open_books
    from acctkit.reconcile import check_signed

    context: Context = ctx.obj
    with long_reading():
        books = open_books(context.root(), checks())
    warn(books.ledger.problems, books.ledger.left_out)
    proof = prove(books, head, check_signed(books.ledger))
    differences = proof.differences
    if form is Format.json:
        answer: dict[str, object] = {
            "schema": "acctkit.audit-verify/1",
            "problems": count(books.ledger.problems),
            "ok": not differences,
            "head": head_json(proof.chain),
            "checks": [
                {"what": one.what, "extent": one.extent, "differences": len(one.differences)} for one in proof.looked
            ],
            "differences": [problem_json(problem) for problem in differences],
            "notes": proof.notes,
        }
        with output(output_file) as out:
            show_json(answer, out)
    else:
        table = report(books.entity.name, proof.chain, proof.looked, proof.notes)
        show(table, {}, form, context, output_file)
        if differences:
            sys.stdout.flush()
            show_problems(differences, sys.stdout)
    return int(bool(differences)) or exit_code(books.ledger.problems)


@audit.command("head")
def head(ctx: typer.Context, form: FormatOption = Format.auto) -> int:
    """Print the number and hash of the last seal: published elsewhere, it proves all that stands before it.

    Example: git commit -am "bank: March reconciled" --trailer "Books-Head: $(acct audit head)"
    """
    from acctkit.audit import read_chain
    from acctkit.audit.verify import head_json

    context: Context = ctx.obj
    books = load(context)
    chain = read_chain(books.stream)
    if chain.problems:
        raise refusal("X907", "the seals do not fit, so no head proves anything", "acct audit verify says where")
    if not chain.seals:
        raise refusal("X907", "the books are not sealed", "acct seal, or anything posted, seals them")
    if form is Format.json:
        show_json(
            {"schema": "acctkit.audit-head/1", "problems": count(books.ledger.problems), **(head_json(chain) or {})}
        )
    else:
        print(f"{chain.seals[-1].number}:{chain.head}")
    return exit_code(books.ledger.problems)


@audit.command("trail")
def trail_(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="REF", help="The entry's ref, or id.", show_default=False)],
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Print all that stands about an entry: who wrote what, when, and in which commit.

    Its reversals, allocations, matches, statement lines, amendments and queries, undone ones too.

    Example: acct audit trail INV-0042
    """
    from acctkit.audit import read_chain, trail
    from acctkit.books.history import read_history
    from acctkit.books.proof import commits_of

    context: Context = ctx.obj
    books = load(context)
    steps = trail.trail(books.ledger, read_chain(books.stream), name)
    history = read_history(books.root.folder or books.root.file.parent)
    places = [(step.file, step.line) for step in steps]
    commits = {place: one.id for place, one in commits_of(books, history, places).items() if one}
    answer = trail.answer(books.ledger, name, steps, commits)
    show(trail.table(name, steps, commits), answer, form, context, output_file)
    return exit_code(books.ledger.problems)


@audit.command("sample")
def sample(
    ctx: typer.Context,
    size: Annotated[int, typer.Option("--size", "-n", metavar="N", help="How many to draw.")] = 25,
    method: Annotated[
        str, typer.Option("--method", metavar="mus|random", help="By monetary unit, or each entry alike.")
    ] = "mus",
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="The same seed draws the same sample.")] = 1,
    account: Annotated[
        str, typer.Option("--account", metavar="ACCOUNT", help="Entries on it, by what they move.")
    ] = "",
    begin: BeginOption = "",
    end: EndOption = "",
    period: PeriodOption = "",
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Draw a sample of entries for an audit; the population it is drawn from is stated and proved first.

    Example: acct audit sample -p 2026-Q1 --size 20 --seed 7 -O xlsx -o sample.xlsx
    """
    from acctkit.audit import read_chain, sampling
    from acctkit.audit.population import read_population

    context: Context = ctx.obj
    books = load(context)
    named = account_for_report(books.ledger, account) if account else ""
    wanted = period_of(context, begin, end, period)
    population = read_population(books.ledger, read_chain(books.stream), wanted, named)
    drawn = sampling.draw(population, size, method, seed)
    answer = sampling.answer(books.ledger, population, drawn)
    show(sampling.table(books.ledger, population, drawn), answer, form, context, output_file)
    return exit_code(books.ledger.problems)


@audit.command("tests")
def entry_tests(
    ctx: typer.Context,
    test: Annotated[list[str], typer.Option("--test", metavar="NAME", help="Only this test; repeat it for more.")] = [],  # noqa: B006 - as above
    late_days: Annotated[int, typer.Option("--late-days", metavar="N", help="Late is more days than this.")] = 30,
    round_to: Annotated[int, typer.Option("--round", metavar="UNITS", help="Round is a multiple of this.")] = 1000,
    limit: Annotated[
        int, typer.Option("--limit", metavar="UNITS", help="The limit of approval; default that of acct.toml.")
    ] = 0,
    seldom: Annotated[int, typer.Option("--seldom", metavar="N", help="Seldom is so many entries or fewer.")] = 3,
    begin: BeginOption = "",
    end: EndOption = "",
    period: PeriodOption = "",
    form: FormatOption = Format.auto,
    output_file: OutputFile = "",
) -> int:
    """Run the journal-entry tests of ISA 240: population first, each criterion with its findings.

    late, after-close, hours, round, below-limit, rare-pair, no-description, reversed, duplicate, seldom-user, words.

    Example: acct audit tests -p 2026-Q1 --limit 5000 -O xlsx -o tests.xlsx
    """
    from acctkit.audit import journal_tests, read_chain
    from acctkit.audit.population import read_population

    context: Context = ctx.obj
    books = load(context)
    ledger = books.ledger
    population = read_population(ledger, read_chain(books.stream), period_of(context, begin, end, period))
    in_minor = journal_tests.in_minor
    rule = ledger.entity.approval
    least = in_minor(ledger, limit or (rule.above if rule and rule.above else 0))
    criteria = journal_tests.Criteria(late_days, in_minor(ledger, round_to), least, seldom=seldom)
    findings = journal_tests.run_tests(ledger, population, criteria, test)
    stated = journal_tests.stated(ledger, criteria, test)
    answer = journal_tests.answer(ledger, population, findings, stated)
    show(journal_tests.table(ledger, population, findings, stated), answer, form, context, output_file)
    return exit_code(ledger.problems)
