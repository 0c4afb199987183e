"""Every fault at every point of everything that writes: the process dies, the disk refuses, somebody reads.

usage: faults.py   The small form of it is tests/test_faults.py; bean-check is asked where it is installed.
"""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import faults

BOOKS = {"folder": faults.folder_of_books, "single": faults.single_journal}


def main() -> int:
    oracle = faults.Beancount()
    print(f"bean-check: {oracle.program or 'not installed'}")
    totals = [0, 0, 0]
    for books, make in BOOKS.items():
        for act in faults.ACTS:
            with tempfile.TemporaryDirectory() as folder:
                os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
                points = []
                for number, run in enumerate(
                    (
                        lambda root, act=act: faults.deaths(root, act, faults.DEATHS, oracle),
                        lambda root, act=act: faults.errors(root, act, faults.ERRORS, oracle),
                        lambda root, act=act: faults.readers(root, act),
                    )
                ):
                    points.append(run(make(Path(folder) / str(number))))
            totals = [sum(pair) for pair in zip(totals, points, strict=True)]
            print(f"{books:7} {act:34} {points[0]:5} deaths {points[1]:5} errors {points[2]:5} readings", flush=True)
    print(f"all     {'':34} {totals[0]:5} deaths {totals[1]:5} errors {totals[2]:5} readings: all sound")
    print(f"different books that bean-check passed: {len(oracle.passed)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
