"""`python -m acctkit` and the `acct` command."""

import gc
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    # A command is short-lived and makes few cycles: looking for them costs a quarter of reading a large book.
    gc.disable()
    from acctkit.cli import run  # noqa: PLC0415 - imported when it runs, as all commands are

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
