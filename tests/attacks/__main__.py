"""Attack with part after part of the payloads, each another one, until the time is over.

python -m tests.attacks --seed 7 --minutes 30
"""

import argparse
import os
import sys
import time

import pytest

from tests.attacks.places import SEED


def main() -> int:
    """The exit code of the first round that found something, else 0."""
    asked = argparse.ArgumentParser(prog="python -m tests.attacks")
    asked.add_argument("--seed", type=int, default=1, help="the same one tries the same")
    asked.add_argument("--minutes", type=float, default=30.0)
    asked.add_argument("--workers", default="0", help="processes, as `pytest -n` takes them")
    given = asked.parse_args()
    end = time.monotonic() + given.minutes * 60
    seed = given.seed
    while True:
        os.environ[SEED] = str(seed)
        sys.stdout.write(f"seed {seed}\n")
        sys.stdout.flush()
        code = pytest.main(["-q", "-n", given.workers, "--show-capture=no", "tests/attacks"])
        if code != 0 or time.monotonic() >= end:
            return int(code)
        seed += 1


if __name__ == "__main__":
    sys.exit(main())
