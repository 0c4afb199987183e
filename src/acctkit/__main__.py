"""`python -m acctkit` and the `acct` command."""

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path


def main() -> None:
    """Run the command line and leave with its exit code."""
    # A command is short-lived and makes few cycles: looking for them costs a quarter of reading a large book.
    gc.disable()
    from acctkit.cli import run  # noqa: PLC0415 - imported when it runs, as all commands are

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed by whoever started this
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - open to the end
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a stream that cannot be written was told of, where it can be
            stream.flush()
    # The system takes back all memory at once; taking the interpreter down piece by piece is a sixth of a short run.
    os._exit(code)


if __name__ == "__main__":
    main()
