"""The process in which one picture is looked at.

`python -m api.examiner <file> <copy> <pixels> <megabytes> <seconds>` limits itself before it touches the file,
writes the copy that may be shown, and says what it saw as JSON. It is started with an empty environment: whoever
breaks a decoder finds no password there.
"""

import base64
import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

MEGABYTE = 1024 * 1024
LARGEST_COPY = 64 * MEGABYTE


def main(file: str, copy: str, pixels: int, megabytes: int, seconds: int) -> None:
    """Look at a file and write down what is seen."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * MEGABYTE, megabytes * MEGABYTE))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_COPY, LARGEST_COPY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Not before: the decoders themselves are to live under the limits.
    from inspection.photos.examined import Limits, Refused  # noqa: PLC0415
    from inspection.photos.pictures import TOO_MUCH_MEMORY, examine  # noqa: PLC0415

    try:
        with Path(file).open("rb") as opened:
            seen = examine(opened, Limits(pixels))
    except MemoryError:
        seen = Refused(TOO_MUCH_MEMORY)
    said: dict[str, Any]
    if isinstance(seen, Refused):
        said = {"refused": seen.reason}
    else:
        Path(copy).write_bytes(seen.public)
        said = {
            "media_type": seen.media_type,
            "width": seen.width,
            "height": seen.height,
            "evidence": asdict(seen.evidence),
            "thumbnail": base64.b64encode(seen.thumbnail).decode(),
        }
    sys.stdout.write(json.dumps({**said, "peak_kilobytes": _peak_kilobytes()}))


def _peak_kilobytes() -> int:
    # Not getrusage: that remembers the process which started this one.
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *(int(number) for number in sys.argv[3:6]))
