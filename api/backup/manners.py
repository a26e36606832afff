"""How a command of backups behaves on a machine that others use, and for as long as it works only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

OURS_ALONE = 0o077  # nobody else may read what is written


@contextmanager
def unreadable_to_others() -> Iterator[None]:
    """Files and folders made meanwhile are for this user alone."""
    before = os.umask(OURS_ALONE)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def after_others(steps: int) -> Iterator[None]:
    """Let processes of others have the processor first. steps: of niceness, which add to what there was."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    os.nice(steps)
    try:
        yield
    finally:
        with suppress(PermissionError):  # only root may come forward again
            os.setpriority(os.PRIO_PROCESS, 0, before)
