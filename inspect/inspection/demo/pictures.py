"""Invented photos: an entrance as a child would draw it, so that nobody takes it for a real one."""

from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

from inspection.demo.chance import chance

SIZE = WIDTH, HEIGHT = 960, 640
SKY, WALL, DOOR, STONE, RAMP = "#cfe3f2", "#d9c7a8", "#6b4f3a", "#8a8a86", "#b9b9b4"
GROUND = 520  # pixels from above
COUNT = 3


def pictures(seed: int) -> list[bytes]:
    """The same pictures for the same seed, as JPEG; each of another entrance."""
    return [_entrance(chance(seed, "picture", number), number) for number in range(COUNT)]


def _entrance(source: Random, number: int) -> bytes:
    image = Image.new("RGB", SIZE, SKY)
    pen = ImageDraw.Draw(image)
    steps, left = source.randint(2, 4), source.randint(330, 470)
    pen.rectangle((120, 90, 840, GROUND), fill=WALL)
    pen.rectangle((0, GROUND, WIDTH, HEIGHT), fill="#7f9a6a")
    top = GROUND - 36 * steps
    pen.rectangle((left, top - 260, left + 150, top), fill=DOOR)
    pen.ellipse((left + 120, top - 130, left + 134, top - 116), fill="#e8d27a")
    for step in range(steps):
        pen.rectangle(
            (left - 40 - 30 * step, top + 36 * step, left + 190 + 30 * step, top + 36 * (step + 1)),
            fill=STONE,
            outline="#5f5f5c",
        )
    if number:  # a ramp that is too steep
        pen.polygon([(left + 190, top), (left + 190, GROUND), (left + 320, GROUND)], fill=RAMP, outline="#5f5f5c")
    pen.text((20, 20), f"DEMO {number + 1}", fill="#3a3a3a", font_size=36)
    made = BytesIO()
    image.save(made, "JPEG", quality=80)
    return made.getvalue()
