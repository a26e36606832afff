"""Pictures made up for the tests."""

import random
from io import BytesIO
from typing import Any

from PIL import Image


def a_picture(width: int, height: int, *, noise: bool = False, mode: str = "RGB") -> Image.Image:
    """A picture of one colour, or of noise that no encoder can make small."""
    if not noise:
        return Image.new(mode, (width, height), 120 if mode in ("L", "P") else (200, 60, 20, 255)[: len(mode)])
    pixels = random.Random(width * height).randbytes(width * height * len(mode))
    return Image.frombytes(mode, (width, height), pixels)


def encoded(picture: Image.Image, form: str, **about: Any) -> bytes:
    """A picture as the bytes of a file."""
    made = BytesIO()
    picture.save(made, form, **about)
    return made.getvalue()


def a_jpeg(width: int, height: int, *, noise: bool = False, **about: Any) -> bytes:
    """A JPEG file."""
    return encoded(a_picture(width, height, noise=noise), "JPEG", **about)
