"""`python -m acctkit` and the `acct` command."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from acctkit.cli import run  # noqa: PLC0415 - imported when it runs, as all commands are

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
