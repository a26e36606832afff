"""See the package. Exit code 1: a promise was broken."""

import argparse
import sys

from tests.faults.letters.run import run


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def main() -> int:
    """Run and print what it came to."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.letters")
    parser.add_argument("--letters", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    report = run(asked.letters, asked.seed, asked.workers, _say)
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
