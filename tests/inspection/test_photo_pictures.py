"""A picture is seen upright, without what its camera wrote beside it, or refused with a reason; never a crash."""

import csv
import zlib
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from inspection.photos import pictures
from inspection.photos.examined import Examined, Limits, Refused
from inspection.photos.pictures import MOST_THUMBNAIL, PUBLIC_SIDE, THUMBNAIL_SIDE, examine
from tests.inspection.pictures import a_jpeg, a_picture, encoded
from tests.shared_files import shared

ORIENTATION, GPS = 0x0112, 0x8825
ALMATY = {1: "N", 2: (43.0, 15.0, 0.0), 3: "E", 4: (76.0, 54.0, 36.0)}


def look(content: bytes, **limits: Any) -> Examined | Refused:
    return examine(BytesIO(content), Limits(**limits))


def seen(content: bytes) -> Examined:
    outcome = look(content)
    assert isinstance(outcome, Examined), outcome
    return outcome


def opened(jpeg: bytes) -> Image.Image:
    picture = Image.open(BytesIO(jpeg))
    picture.load()
    return picture


def colour(outcome: Examined) -> tuple[int, int, int]:
    """Of the copy's middle."""
    copy = opened(outcome.public).convert("RGB")
    found = copy.getpixel((copy.width // 2, copy.height // 2))
    assert isinstance(found, tuple)
    return (int(found[0]), int(found[1]), int(found[2]))


def exif(orientation: int = 1, position: dict[int, Any] | None = None) -> Image.Exif:
    made = Image.Exif()
    made[ORIENTATION] = orientation
    made[GPS] = position or {}
    return made


def corners(orientation: int, form: str) -> bytes:
    """A picture that is red in its upper left quarter once it is turned as its EXIF says."""
    upright = a_picture(80, 40, mode="RGB")
    upright.paste((0, 0, 255), (0, 0, 80, 40))
    upright.paste((255, 0, 0), (0, 0, 40, 20))
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # what a camera does to get there
    kept = upright if undo is None else upright.transpose(Image.Transpose(undo))
    return encoded(kept, form, exif=exif(orientation))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_shown_upright(orientation: int, form: str) -> None:
    outcome = seen(corners(orientation, form))
    assert (outcome.width, outcome.height) == (80, 40)
    copy = opened(outcome.public)
    assert copy.size == (80, 40)
    red, blue = copy.getpixel((10, 5)), copy.getpixel((70, 30))
    assert isinstance(red, tuple)
    assert isinstance(blue, tuple)
    assert (red[0] > 200, red[2] < 60) == (True, True)
    assert (blue[2] > 200, blue[0] < 60) == (True, True)


def test_what_is_shown_tells_nothing_but_what_is_seen() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    beside: dict[str, Any] = {
        "exif": exif(6, ALMATY),
        "xmp": b"<x:xmpmeta>secret</x:xmpmeta>",
        "comment": b"secret",
    }
    outcome = seen(a_jpeg(40, 30, icc_profile=profile, **beside))
    assert (outcome.evidence.lat, outcome.evidence.lon) == (43.25, 76.91)
    for jpeg in (outcome.public, outcome.thumbnail):
        copy = opened(jpeg)
        assert not copy.getexif()
        assert copy.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert b"secret" not in jpeg


@pytest.mark.parametrize(
    ("form", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_the_media_type_is_that_of_the_bytes_whatever_their_name(form: str, media_type: str) -> None:
    assert seen(encoded(a_picture(20, 10), form)).media_type == media_type


@pytest.mark.parametrize("form", ["GIF", "TIFF", "BMP", "AVIF", "PPM", "ICO"])
def test_every_other_format_is_refused(form: str) -> None:
    assert look(encoded(a_picture(16, 16), form)) == Refused(pictures.UNKNOWN_FORMAT)


@pytest.mark.parametrize(
    "content", [b"x", b"hello", b"<svg/>", b"%PDF-1.7", b"\xff\xd8", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" * 9]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert isinstance(look(content), Refused)


def test_a_file_without_a_byte_is_refused() -> None:
    assert look(b"") == Refused(pictures.EMPTY)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_an_animation_is_refused(form: str) -> None:
    frames = [a_picture(8, 8), Image.new("RGB", (8, 8), "blue")]
    assert look(encoded(frames[0], form, save_all=True, append_images=frames[1:])) == Refused(pictures.ANIMATED)


def test_of_several_pictures_in_one_jpeg_the_first_is_seen() -> None:
    frames = [Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")]
    outcome = seen(encoded(frames[0], "MPO", save_all=True, append_images=frames[1:]))
    assert outcome.media_type == "image/jpeg"
    assert colour(outcome)[0] > 200


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (encoded(Image.new("CMYK", (40, 30), (0, 255, 255, 0)), "JPEG"), (255, 0, 0)),
        (encoded(Image.new("L", (40, 30), 77), "PNG"), (77, 77, 77)),
        (encoded(Image.new("1", (40, 30), 1), "PNG"), (255, 255, 255)),
        (encoded(Image.new("I;16", (40, 30), 0x8000), "PNG"), (128, 128, 128)),
        (encoded(Image.new("RGBA", (40, 30), (255, 0, 0, 0)), "PNG"), (255, 255, 255)),
        (encoded(Image.new("RGBA", (40, 30), (255, 0, 0, 255)), "PNG"), (255, 0, 0)),
        (encoded(Image.new("LA", (40, 30), (0, 0)), "PNG"), (255, 255, 255)),
        (encoded(Image.new("RGB", (40, 30), (1, 2, 3)), "PNG", transparency=(1, 2, 3)), (255, 255, 255)),
        (encoded(Image.new("RGBA", (40, 30), (255, 0, 0, 0)), "WEBP", lossless=True), (255, 255, 255)),
    ],
    ids=["cmyk", "grey", "bits", "16 bits", "clear", "opaque", "grey clear", "key colour", "webp clear"],
)
def test_colours_are_shown_as_they_are_seen(content: bytes, expected: tuple[int, int, int]) -> None:
    assert all(abs(a - b) <= 3 for a, b in zip(colour(seen(content)), expected, strict=True))


def test_a_palette_with_a_clear_colour_is_shown_on_white() -> None:
    picture = Image.new("P", (40, 30), 1)
    picture.putpalette([0, 0, 0, 10, 200, 30])
    assert colour(seen(encoded(picture, "PNG", transparency=1))) == (255, 255, 255)
    assert colour(seen(encoded(picture, "PNG")))[1] > 190


def test_a_broken_colour_profile_is_passed_over() -> None:
    assert colour(seen(a_jpeg(40, 30, icc_profile=b"junk" * 100)))[0] > 190


def test_copies_are_small_enough_to_send() -> None:
    outcome = seen(a_jpeg(3000, 2000, noise=True))
    assert (outcome.width, outcome.height) == (3000, 2000)
    assert max(opened(outcome.public).size) == PUBLIC_SIDE
    assert max(opened(outcome.thumbnail).size) == THUMBNAIL_SIDE
    small = seen(encoded(a_picture(160, 160, noise=True), "PNG"))
    assert len(small.thumbnail) <= MOST_THUMBNAIL


def test_more_pixels_than_the_limit_are_never_decoded() -> None:
    header = b"\0\1\0\0\0\1\0\0\x08\x02\0\0\0"  # 65536 by 65536
    chunk = b"\0\0\0\x0dIHDR" + header + zlib.crc32(b"IHDR" + header).to_bytes(4, "big")
    assert look(b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IDAT") == Refused(pictures.TOO_MANY_PIXELS)
    content = a_jpeg(200, 100)
    assert look(content, most_pixels=19_999) == Refused(pictures.TOO_MANY_PIXELS)
    assert isinstance(look(content, most_pixels=20_000), Examined)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_ends_too_early_is_refused(form: str) -> None:
    content = encoded(a_picture(300, 300, noise=True), form)
    assert isinstance(look(content[: len(content) // 2]), Refused)


ODD: list[dict[int, Any]] = [
    {},
    {1: "N"},
    {1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
    {1: "X", 2: (1.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
    {1: "N", 2: (1.0, 0.0, 0.0)},
    {1: "", 2: (), 3: "", 4: ()},
    {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
]


@pytest.mark.parametrize("position", ODD)
def test_a_position_that_is_none_is_no_reason_to_refuse_a_photo(position: dict[int, Any]) -> None:
    evidence = seen(a_jpeg(40, 30, exif=exif(1, position))).evidence
    assert (evidence.lat, evidence.lon) == (None, None)


def test_south_and_west_are_negative() -> None:
    south_west = {1: "S", 2: (10.0, 30.0, 0.0), 3: "W", 4: (20.0, 0.0, 36.0)}
    evidence = seen(a_jpeg(40, 30, exif=exif(1, south_west))).evidence
    assert (evidence.lat, evidence.lon) == (-10.5, -20.01)


def manifest(folder: str) -> list[dict[str, str]]:
    with shared(f"data/geo/{folder}/manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_real_photo_is_seen_as_the_manifest_says() -> None:
    rows = manifest("photos")
    assert len(rows) >= 10
    for row in rows:
        outcome = seen(shared(f"data/geo/photos/{row['file']}").read_bytes())
        size = (int(row["width"]), int(row["height"]))
        if row["orientation"] in {"5", "6", "7", "8"}:
            size = (size[1], size[0])
        assert (outcome.width, outcome.height) == size, row["file"]
        if row["taken_at"]:
            day, _, time = row["taken_at"].partition(" ")
            assert outcome.evidence.taken_at == f"{day.replace(':', '-')}T{time}", row["file"]
        if row["gps_lat"]:
            assert outcome.evidence.lat == pytest.approx(float(row["gps_lat"]), abs=1e-6), row["file"]
            assert outcome.evidence.lon == pytest.approx(float(row["gps_lon"]), abs=1e-6), row["file"]
        assert not opened(outcome.public).getexif()


def test_every_broken_file_is_seen_or_refused_with_a_reason() -> None:
    became = {}
    for row in manifest("images_malformed"):
        outcome = look(shared(f"data/geo/images_malformed/{row['file']}").read_bytes())
        became[row["file"]] = outcome.reason if isinstance(outcome, Refused) else "seen"
    assert became == {
        "broken.png": pictures.UNKNOWN_FORMAT,
        "broken_data_stream.png": "seen",
        "broken_exif_dpi.jpg": "seen",
        "truncated_jpeg.jpg": pictures.DAMAGED,
        "truncated_image.png": pictures.DAMAGED,
        "invalid-exif.jpg": "seen",
        "empty_gps_ifd.jpg": "seen",
        "exif_gps.jpg": "seen",
        "multiple_exif.jpg": "seen",
        "decompression_bomb.gif": pictures.UNKNOWN_FORMAT,
    }


WHOLE = [encoded(a_picture(24, 18, noise=True), form, exif=exif(6, ALMATY)) for form in ("JPEG", "PNG", "WEBP")]


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(whole=st.sampled_from(WHOLE), at=st.integers(0, 3000), put=st.binary(min_size=1, max_size=8))
def test_whatever_falls_over_on_the_way_is_seen_or_refused(whole: bytes, at: int, put: bytes) -> None:
    at %= len(whole)
    assert isinstance(look(whole[:at] + put + whole[at + len(put) :]), Examined | Refused)
