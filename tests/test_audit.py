"""Seals and locks: no byte of what was sealed changes unseen, and nothing is posted where the books are locked."""

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from acctkit.audit import bytes_since_seal, check_locks, check_seals, holds_seal, read_chain, seal_line
from acctkit.journal.parser import parse
from acctkit.journal.source import Source
from acctkit.ledger.entity import Entity
from acctkit.ledger.ledger import Ledger
from acctkit.problem import ERROR, WARNING

TIME = "2026-05-07T17:02:11Z"
WHO = "jo@acme.example"
ENTRY = '2026-04-14 * "Staples" "Paper"\n  Expenses:Stationery  24.50 GBP\n  Assets:Bank:Current\n'


def sources(*files):
    return [Source(f"2026-{month:02}.beancount", data) for month, data in enumerate(files, 4)]


def sealed(*months):
    """A stream: for each month its texts, each sealed as it is appended."""
    files = [b""] * len(months)
    for month, texts in enumerate(months):
        for text in texts:
            old, files[month] = sources(*files[: month + 1]), files[month] + text
            since = bytes_since_seal(sources(*files[: month + 1]))
            files[month] += seal_line(read_chain(old), since, TIME, WHO)
    return files


def two_months():
    first = [b"; Acme\n\n" + ENTRY.encode(), b"\n; a remark\n\n" + ENTRY.replace("Paper", "Été\t").encode()]
    return sealed(first, [b'\n2026-05-01 note Assets:Bank:Current "x"\n', b"", b"\n\n"])


def found(files):
    return [(p.code, p.severity, p.place.file[5:7], p.place.line) for p in check_seals(sources(*files))]


# Seals.


def test_a_sealed_stream_is_whole():
    files = two_months()
    assert found(files) == []
    chain = read_chain(sources(*files))
    assert [seal.number for seal in chain.seals] == [1, 2, 3, 4, 5]
    assert [seal.line for seal in chain.seals] == [6, 13, 3, 4, 7]
    assert (chain.next_number, chain.unsealed, chain.problems) == (6, [], [])
    assert chain.head == files[1].split()[-1].decode()


def test_a_stream_never_sealed_has_no_problems():
    assert found([ENTRY.encode(), b"", b"\n"]) == []
    assert found([]) == []
    assert read_chain([]).next_number == 1


def test_no_byte_changes_unseen():
    """Every byte of two months, up to the last seal's line end, with all that it may be changed to."""
    files = two_months()
    single = sealed([b"; Acme\n" + ENTRY.encode()])
    tried = 0
    for stream in (files, single):
        for month, data in enumerate(stream):
            for at, byte in enumerate(data):
                # All other bytes where a seal or a line end is changed; a few for the text between them.
                line = data[data.rfind(b"\n", 0, at) + 1 : at + 200].partition(b"\n")[0]
                every = byte == 10 or line.startswith(b"; seal")
                others = range(256) if every and stream is single else b"\n\r\t 0aZ;\xff" + bytes([byte ^ 1, byte ^ 32])
                for other in others:
                    if other != byte:
                        changed = [*stream[:month], data[:at] + bytes([other]) + data[at + 1 :], *stream[month + 1 :]]
                        tried += 1
                        assert check_seals(sources(*changed)), (month, at, bytes([byte]), bytes([other]))
    assert tried > 10_000


@given(st.data())
def test_no_byte_goes_or_comes_unseen(data):
    """Only the line end after the very last seal may go: the seal stands all the same."""
    files = two_months()
    month = data.draw(st.integers(0, 1))
    text = files[month]
    at = data.draw(st.integers(0, len(text) - 1))
    if data.draw(st.booleans()):
        text = text[:at] + data.draw(st.binary(min_size=1, max_size=3)) + text[at:]
    elif (month, at) != (1, len(text) - 1):
        text = text[:at] + text[at + 1 + data.draw(st.integers(0, 3)) :]
    if text not in (files[month], files[month][:-1]):
        files[month] = text
        assert check_seals(sources(*files))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_seal_taken_out_is_missed(number):
    files = two_months()
    mark = f"; seal {number} ".encode()
    files = [b"".join(line for line in data.splitlines(True) if not line.startswith(mark)) for data in files]
    problems = check_seals(sources(*files))
    assert {p.code for p in problems} == {"A601"}
    expected = f"seal {number + 1} follows {f'seal {number - 1}' if number > 1 else 'nothing'}: one is missing"
    assert expected in [p.message for p in problems]


def test_the_last_seal_taken_out_leaves_text_unsealed():
    files = two_months()
    files[1] = files[1][: files[1].rindex(b"; seal 5")] + b"; more\n"
    assert found(files) == [("A602", WARNING, "05", 7)]


def test_seals_that_change_places_are_seen():
    first, second = two_months()
    lines = first.splitlines(True)
    seals = [at for at, line in enumerate(lines) if line.startswith(b"; seal")]
    lines[seals[0]], lines[seals[1]] = lines[seals[1]], lines[seals[0]]
    codes = [code for code, *_ in found([b"".join(lines), second])]
    assert len(codes) >= 3
    assert set(codes) == {"A601"}
    assert {code for code, *_ in found([second, first])} == {"A601"}


def test_a_stream_cut_off_is_seen_unless_at_a_seal():
    """What ends at a seal is whole in itself: only the history of the files can tell that more followed."""
    files = two_months()
    ends = {at for at in range(len(files[1])) if files[1][:at].rstrip(b"\n").endswith(tuple(heads(files)))}
    for at in range(len(files[1])):
        cut = [files[0], files[1][:at]]
        assert bool(check_seals(sources(*cut))) != (at in ends or not files[1][:at].strip()), at


def heads(files):
    return [seal.hash.encode() for seal in read_chain(sources(*files)).seals]


def test_a_month_taken_out_is_seen():
    assert {code for code, *_ in found(two_months()[1:])} == {"A601"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n\n2026-05-02 price EUR 0.85 GBP\n", 10),
        ("; typed\n; by hand\n", 8),
        ("\r\n \t\r\n  indented\r\n", 10),
        ("no line end", 8),
    ],
)
def test_text_after_the_last_seal_is_named_by_its_line(text, line):
    files = two_months()
    files[1] += text.encode()
    (problem,) = check_seals(sources(*files))
    assert (problem.code, problem.severity, problem.place.line) == ("A602", WARNING, line)
    count = sum(1 for part in text.splitlines() if part.strip())
    assert problem.message.startswith(f"{count} line{'s' if count > 1 else ''} after seal 5 ")
    assert sources(*files)[1].line(line).strip() == text.strip().splitlines()[0]


def test_text_after_the_last_seal_in_two_files():
    files = [*two_months(), b"\n\n; June\n", b"\n"]
    files[1] += b"; May\n"
    assert [(file, line) for _, _, file, line in found(files)] == [("05", 8), ("06", 3)]
    assert sum(map(len, bytes_since_seal(sources(*files)))) == len(b"; May\n" + files[2] + files[3])


typed = st.text("a;\n\r \té", max_size=12).map(lambda text: text.encode() + b"\n" * (text[-1:] not in ("", "\n")))


@given(st.lists(st.lists(typed, max_size=3), min_size=1, max_size=3))
@example([[b"x\n"], [], [b"", b"\n"]])
def test_what_is_sealed_is_whole(months):
    files = sealed(*months)
    assert found(files) == []
    assert len(read_chain(sources(*files)).seals) == sum(map(len, months))


def test_line_ends_that_were_changed_are_said_of_each_seal():
    files = [data.replace(b"\n", b"\r\n") for data in two_months()]
    assert [(severity, file) for _, severity, file, _ in found(files)] == [(ERROR, "04")] * 2 + [(ERROR, "05")] * 3


def test_what_looks_like_a_seal():
    whole = seal_line(read_chain([]), [], TIME, "Jo Bloggs\n")
    assert whole.startswith(b"; seal 1 2026-05-07T17:02:11Z JoBloggs ")
    assert seal_line(read_chain([]), [], TIME, " ").split()[4] == b"unknown"
    digits = b"a" * 64
    like = [whole, whole[:-9], b": seal 1 2026-05-07T17:02:11Z jo " + digits, b"; seal 1 2026-05-07T17:02:11Z"]
    unlike = [b"; seal the letter", b"; seal 12 boxes", b"  sha256: " + digits, b'  note: "; seal 1 x"', b""]
    assert all(holds_seal(b"; x\n" + line + b"\n") for line in like)
    assert not any(holds_seal(b"; x\n" + line + b"\n") for line in unlike)
    assert check_seals(sources(b"; seal " + b"9" * 5000 + b" t jo " + digits + b"\n")) == []


# Locks.

OPENS = "2026-01-01 open Assets:Bank:Current\n2026-01-01 open Expenses:Stationery\n"
HARD = '2026-05-04 custom "lock" "hard" 2026-04-30\n'
SOFT = '2026-05-04 custom "lock" "soft" 2026-04-30\n'
UNDONE = '2026-05-05 custom "undo" "lock" "{}" 2026-04-30\n  reason: "audit"\n'
REASON = '  reason: "the auditor\'s adjustment"\n'


def locked(*texts):
    """The lines of the problems that the locks of a book have, and their codes."""
    source = Source("x.beancount", "".join((OPENS, *texts)).encode())
    ledger = Ledger([parse(source)], Entity("Acme", "GBP"))
    assert not [p for p in ledger.problems if p.severity == ERROR]
    return [(p.code, p.place.line) for p in check_locks(ledger)]


def entry(day, meta=""):
    head, legs = ENTRY.replace("2026-04-14", day).split("\n", 1)
    return f"{head}\n{meta}{legs}"


def test_a_hard_lock_closes_its_days():
    assert locked(entry("2026-04-30"), HARD, entry("2026-05-01")) == []
    assert locked(HARD, entry("2026-04-30")) == [("A603", 4)]
    assert locked(HARD, entry("2026-04-30", REASON)) == [("A603", 4)]
    assert locked(HARD, UNDONE.format("hard"), entry("2026-04-30")) == [("A603", 4), ("A603", 6)]


def test_a_soft_lock_yields_to_a_reason_and_ends_by_undo():
    assert locked(SOFT, entry("2026-04-30")) == [("A603", 4)]
    assert locked(SOFT, entry("2026-04-30", REASON)) == []
    assert locked(SOFT, entry("2026-04-30", '  reason: ""\n')) == [("A603", 4)]
    assert locked(SOFT, entry("2026-05-01")) == []
    assert locked(SOFT, UNDONE.format("soft"), entry("2026-04-30")) == []
    assert locked(SOFT, UNDONE.format("soft"), SOFT, entry("2026-04-30")) == [("A603", 7)]


def test_locks_of_both_kinds_stand_beside_each_other():
    early = HARD.replace("2026-04-30", "2026-03-31")
    for locks in ((SOFT, early), (early, SOFT), (SOFT, early, SOFT.replace("04-30", "02-28"))):
        lines = len(locks) + 3
        assert locked(*locks, entry("2026-03-31", REASON)) == [("A603", lines)]
        assert locked(*locks, entry("2026-04-01", REASON)) == []
        assert locked(*locks, entry("2026-04-30")) == [("A603", lines)]
    assert locked(SOFT, HARD, entry("2026-04-30", REASON)) == [("A603", 5)]


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-30 balance Assets:Bank:Current 0 GBP\n",
        "2026-04-30 price EUR 0.85 GBP\n",
        "2026-04-30 open Assets:New\n",
        "2026-04-30 close Assets:Bank:Current\n",
        "2026-04-29 pad Assets:Bank:Current Expenses:Stationery\n2026-05-01 balance Assets:Bank:Current 9 GBP\n",
    ],
)
def test_what_changes_accounts_is_closed(text):
    assert locked(HARD, text) == [("A603", 4)]
    assert locked(text, HARD) == []


@pytest.mark.parametrize(
    "text",
    [
        '2026-04-30 custom "statement-line" "CUR" "1" 5.00 GBP "x"\n',
        '2026-04-30 custom "allocate" "RCT-1" "INV-1" 5.00 GBP\n',
        '2026-04-30 custom "query" "INV-1" "buyer" "?"\n2026-04-30 custom "undo" "query" "INV-1" "buyer" "?"\n',
        '2026-04-30 custom "amend" "Assets:Bank:Current"\n  nominal: "1200"\n',
        '2026-04-30 note Assets:Bank:Current "x"\n2026-04-30 event "place" "London"\n',
        "2026-04-30 commodity EUR\n",
        HARD.replace("2026-05-04", "2026-04-30"),
    ],
)
def test_evidence_and_decisions_stay_open(text):
    assert locked(HARD, text) == []


def test_a_lock_is_hard_or_soft():
    assert locked('2026-05-04 custom "lock" "firm" 2026-04-30\n') == [("D305", 3)]


def test_the_hint_names_the_first_open_day():
    source = Source("x", (OPENS + HARD + SOFT.replace("04-30", "05-31") + entry("2026-04-30")).encode())
    (problem,) = check_locks(Ledger([parse(source)], Entity()))
    assert problem.hint == f"the first open day is {date(2026, 6, 1)}"


def test_a_lock_counts_from_where_it_stands_in_the_stream():
    files = [OPENS + entry("2026-04-14"), HARD + entry("2026-05-02"), entry("2026-04-20")]
    parsed = [parse(source) for source in sources(*map(str.encode, files))]
    problems = check_locks(Ledger(parsed, Entity()))
    assert [(p.place.file, p.place.line) for p in problems] == [("2026-06.beancount", 1)]
