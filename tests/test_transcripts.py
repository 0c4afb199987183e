"""Every command in the README, the docs and tests/transcripts, run; and the runner that runs them."""

import pytest

from runner import ROOT, fits, read_commands, run_file

FILES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("tests/transcripts/*.md"))]
WITH_COMMANDS = [path for path in FILES if path.exists() and "\n```console\n" in path.read_text()]


@pytest.mark.parametrize("path", WITH_COMMANDS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_transcript_is_true(path, tmp_path, update):
    differences = run_file(path, tmp_path, update=update)
    assert not differences, f"\n{differences}"


# The runner itself.

SAMPLE = """\
# A sample
<!-- empty -->
<!-- today: 2026-05-01 -->

```console
$ echo "$ACCT_TODAY $COLUMNS $ACCT_USER"
2026-05-01 100 jo@acme.example
$ mkdir books && cd books
$ cat > note.txt <<'END'
> one
>   two
> three
> END
```

Prose between blocks, and a block of another kind:

```sh
$ false
```

```console
$ cat note.txt; echo oops >&2; false
one
...
oops
[exit 1]
$ grep -c o note.txt | tr 1-9 x
x
```
"""


def sample(tmp_path, text=SAMPLE):
    path = tmp_path / "sample.md"
    path.write_text(text)
    folder = tmp_path / "run"
    folder.mkdir()
    return path, folder


def test_a_true_transcript_passes(tmp_path):
    assert run_file(*sample(tmp_path)) == ""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2026-05-01 100", "2026-05-02 100", "-2026-05-02 100"),
        ("[exit 1]\n", "", "+[exit 1]"),
        ("one\n...\noops", "two\n...\noops", "-two"),
        ("\nx\n```", "\n```", "+x"),
        ("cd books\n", "cd books\nsomething\n", "-something"),
    ],
)
def test_a_false_transcript_fails(tmp_path, old, new, said):
    differences = run_file(*sample(tmp_path, SAMPLE.replace(old, new, 1)))
    assert said in differences.splitlines() or any(line.startswith(said) for line in differences.splitlines())


def test_updating_rewrites_what_differs_and_nothing_else(tmp_path):
    false = SAMPLE.replace("2026-05-01 100 jo@acme.example\n", "").replace("[exit 1]\n", "[exit 3]\n")
    path, folder = sample(tmp_path, false)
    assert run_file(path, folder, update=True) == ""
    assert path.read_text() == SAMPLE.replace("...", "  two\nthree")


def test_acct_is_on_the_path(tmp_path):
    path, folder = sample(tmp_path, "```console\n$ command -v acct | sed 's/.*bin/bin/'\nbin/acct\n```\n")
    assert run_file(path, folder) == ""


def test_output_without_a_command_is_refused():
    with pytest.raises(ValueError, match="line 2"):
        read_commands(["```console", "stray", "```"])


def test_dots_stand_for_any_lines():
    assert fits(["a", "...", "d"], ["a", "b", "c", "d"])
    assert fits(["...", "d"], ["d"])
    assert not fits(["a", "...", "d"], ["a", "b"])
    assert not fits(["a."], ["ab"])
