"""What `make demo` shows: a month's bank statement imported and reconciled, then three reports.

It works on a copy of the demonstration books in build/demo, made anew each time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
COPY = HERE / "build" / "demo"
ACCT = [sys.executable, "-m", "acctkit"]
STEPS = (
    ("The books, checked", ["check"]),
    (
        "The bank's statement for March, imported",
        ["import", "examples/statements/current-2026-03.ofx", "--account", "1200"],
    ),
    ("Reconciled: what is certain is matched, what is not is left for a person", ["reconcile", "1200", "--auto"]),
    ("The trial balance", ["tb", "--as-of", "2026-03-31"]),
    ("The VAT return", ["vat", "return", "-p", "2026-Q1"]),
)
EXPECTED = (0, 3)  # 3: done, and items are left for a person


def main() -> int:
    """Copy the books, run each step, and stop at the first that fails."""
    shutil.rmtree(COPY, ignore_errors=True)
    COPY.mkdir(parents=True)
    for name in ("acct.toml", "coding.toml", "journals", "statements", "examples"):
        source = HERE / name
        if source.is_dir():
            shutil.copytree(source, COPY / name)
        else:
            shutil.copy2(source, COPY / name)
    environment = {**os.environ, "ACCT_TODAY": "2026-04-09", "ACCT_USER": "jo@harbourlane.example"}
    for title, arguments in STEPS:
        print(f"\n== {title}\n$ acct {' '.join(arguments)}\n", flush=True)
        code = subprocess.run([*ACCT, *arguments], cwd=COPY, env=environment, check=False).returncode
        if code not in EXPECTED:
            print(f"acct ended with exit code {code}", file=sys.stderr)
            return code
    print(f"\nThe books of the demonstration are in {COPY.relative_to(HERE)}: cd there and go on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
