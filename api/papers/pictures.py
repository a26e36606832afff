"""Photos for a paper: small enough to travel by mail, and no more of them than a mail server takes."""

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from typing import Any

from PIL import Image

SIDE = 1000  # pixels: 250 to the inch, as wide as they are printed
QUALITY = 75
MOST_BYTES = 6 * 1024 * 1024  # of all photos in one letter; mail makes them a third larger, and 10 MB is refused


def small(jpeg: bytes) -> bytes:
    """A photo as it is printed: longest side SIDE pixels, JPEG without metadata."""
    with Image.open(BytesIO(jpeg), formats=("JPEG",)) as opened:
        opened.draft("RGB", (SIDE, SIDE))
        picture = opened.convert("RGB")
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    made = BytesIO()
    bare.save(made, "JPEG", quality=QUALITY, optimize=True, progressive=False)
    return made.getvalue()


def illustrate(
    photos: Iterable[Mapping[str, Any]], public: Callable[[bytes], bytes], most: int = MOST_BYTES
) -> Mapping[str, bytes]:
    """Photos by their SHA-256 in hex, in order, until no further one fits.

    public: fetches the copy that may be shown; it may be far away, so this runs outside of any unit of work.
    """
    made: dict[str, bytes] = {}
    for photo in photos:
        if photo["sha256"] in made:
            continue
        jpeg = small(public(bytes.fromhex(photo["sha256"])))
        most -= len(jpeg)
        if most < 0:
            break
        made[photo["sha256"]] = jpeg
    return made
