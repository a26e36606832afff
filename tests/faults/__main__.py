"""The long run: `python -m tests.faults --minutes 30 --seed 1 --database sqlite`. Exit code 1: it found faults."""

import argparse
import sys
from datetime import UTC, datetime

from tests.faults.run import Plan, run


def main() -> int:
    """Run, print what it came to, and say by the exit code whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--tablets", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    plan = Plan(asked.seed, asked.database, asked.minutes * 60, asked.tablets, asked.workers, opening=["back up"])
    report = run(plan, lambda line: sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n"))
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
