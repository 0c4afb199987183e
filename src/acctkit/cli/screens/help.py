"""The keys of the reconciliation screen, for its foot and its help."""

from rich.text import Text

KEYS = (
    ("a", "accept"), ("A", "all above"), ("space", "choose"), ("d", "split"), ("p", "post new"), ("q", "query"),
    ("s", "skip"), ("u", "undo"), ("/", "find"), ("m", "matched"), ("?", "help"), ("x", "quit"),
)  # fmt: skip
MATCHED_KEYS = (("u", "undo"), ("tab", "one of several"), ("m", "open lines"), ("?", "help"), ("x", "quit"))
_HELP = (
    ("up down", "another line, or candidate; also j k, page up, page down, home, end"),
    ("tab", "to the other list; also left and right"),
    ("a, enter", "the line is the candidate under the cursor; where the amounts differ it asks first"),
    ("1 to 9", "the line is that candidate"),
    ("A", "all that was found for the lines down to the cursor: what is certain, or the suggestions too"),
    ("space", "choose several candidates; then a matches them all with the line"),
    ("d", "split: say how much of the line each entry is"),
    ("p", "post a new entry for the line, and match it"),
    ("q", "a question to somebody about the line, which stays open"),
    ("s", "leave the line for another time"),
    ("u", "take the last decision back; among the matched lines, that match"),
    ("/", "find entries by part of a text, a name, a date or an amount; escape shows all again"),
    ("f", "go to the next line with part of a text, a date or an amount"),
    ("m", "the lines that are matched, to look at and to undo"),
    ("r", "read the books anew"),
    ("x, ctrl+c", "leave; all that was decided is in the books"),
)
_MARKS = (
    ("=", "certain: one match, and nothing speaks against it"),
    ("~", "suggested: somebody must look"),
    ("?", "a question about the line waits for its answer"),
    ("-", "skipped"),
    ("…", "being written"),
)
_FIRST = 10


def _listed(pairs: tuple[tuple[str, str], ...]) -> Text:
    return Text("\n").join(Text.assemble((f"{key:{_FIRST}} ", "bold"), words) for key, words in pairs)


HELP = Text("\n").join(
    (
        _listed(_HELP),
        Text(""),
        Text("What stands before a line", "bold"),
        _listed(_MARKS),
        Text(""),
        Text("What agrees in the bank's words and in the books is underlined."),
    )
)
