"""Looking at a picture: what it is, whether it can be shown, and copies of it that tell nothing but what is seen.

Runs in a process of its own under limits (`api/examination.py`), because decoders meet hostile bytes here; so it
imports nothing but the decoders.
"""

import warnings
from io import BytesIO
from typing import BinaryIO

import pi_heif
from PIL import Image, ImageCms, UnidentifiedImageError

from inspection.photos.evidence import read_evidence
from inspection.photos.examined import NO_EVIDENCE, Evidence, Examined, Limits, Refused

MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG with further pictures behind the first, as some phones make them
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heif",
}
DECODERS = ("JPEG", "PNG", "WEBP", "HEIF")  # that of JPEG opens MPO too
PUBLIC_SIDE = 2048  # pixels
PUBLIC_QUALITY = 82
THUMBNAIL_SIDE = 160  # pixels
MOST_THUMBNAIL = 4096  # bytes: it travels to every tablet within its document
THUMBNAIL_QUALITIES = (75, 60, 45, 30, 15)
# How to undo each EXIF orientation. Source: EXIF 2.32 (CIPA DC-008), 4.6.4, tag 274.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
BACKGROUND = (255, 255, 255)

EMPTY = "there is not a single byte in this file"
UNKNOWN_FORMAT = "this is neither JPEG, PNG, WebP nor HEIC, or its beginning is damaged"
TOO_MANY_PIXELS = "this picture has more pixels than are decoded here"
TOO_MUCH_MEMORY = "this picture needs more memory than it may have"
ANIMATED = "this is an animation, not a photo"
DAMAGED = "this picture is damaged, incomplete or too large for its decoder"


def examine(file: BinaryIO, limits: Limits) -> Examined | Refused:
    """Look at a picture, whatever its bytes are.

    file: seekable. Never raises for what is in the file; a decoder may still end the whole process.
    """
    pi_heif.register_heif_opener(thumbnails=False, decode_threads=1)
    if not file.read(1):
        return Refused(EMPTY)
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # decoders warn of odd metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        Image.MAX_IMAGE_PIXELS = limits.most_pixels
        try:
            return _examine(file)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            return Refused(TOO_MANY_PIXELS)
        except MemoryError:
            return Refused(TOO_MUCH_MEMORY)
        except UnidentifiedImageError:
            return Refused(UNKNOWN_FORMAT)
        except Exception:  # whatever a decoder raises over broken bytes: they differ by format and version
            return Refused(DAMAGED)


def _examine(file: BinaryIO) -> Examined | Refused:
    with Image.open(file, formats=DECODERS) as opened:
        media_type = MEDIA_TYPES[opened.format or ""]
        if opened.format != "MPO" and getattr(opened, "is_animated", False) and media_type != "image/heif":
            return Refused(ANIMATED)
        evidence = _evidence(opened)
        turned = _orientation(opened)
        width, height = opened.size
        if opened.format in ("JPEG", "MPO"):
            opened.draft(None, (PUBLIC_SIDE, PUBLIC_SIDE))  # decodes at a half, quarter or eighth, in less memory
        shown = _upright(_plain(opened), turned)
    if turned >= 5:  # a quarter turn
        width, height = height, width
    return Examined(media_type, width, height, evidence, _jpeg(shown, PUBLIC_QUALITY), _thumbnail(shown))


def _evidence(image: Image.Image) -> Evidence:
    try:
        return read_evidence(image.getexif())
    except Exception:  # metadata may be broken in as many ways as pictures, and is no reason to refuse one
        return NO_EVIDENCE


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8. HEIC comes turned already."""
    if image.format == "HEIF":
        return 1
    try:
        turned = image.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return turned if isinstance(turned, int) and 1 <= turned <= 8 else 1


def _plain(image: Image.Image) -> Image.Image:
    """At most PUBLIC_SIDE a side, in RGB or grey, by sRGB, on white where it was transparent."""
    image.load()
    profile = image.info.get("icc_profile")
    transparent = image.has_transparency_data
    if image.mode in ("I;16", "I;16L", "I;16B", "I"):
        image = _eight_bits(image)
    elif image.mode == "P" or (transparent and image.mode not in ("RGBA", "LA")):
        image = image.convert("RGBA" if transparent else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    # Made small before anything else: each further step copies all pixels.
    image = _small(image, PUBLIC_SIDE)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        whole = image.convert("RGBA")
        ground = Image.new("RGB", whole.size, BACKGROUND)
        ground.paste(whole, mask=whole.getchannel("A"))
        return _in_srgb(ground, profile)
    return _in_srgb(image, profile)


def _small(image: Image.Image, side: int) -> Image.Image:
    """A picture of at most `side` pixels a side, of its own: what is read from a file may be decoded once more."""
    scale = side / max(image.size)
    if scale >= 1:
        return image.copy()
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits or more as grey of 8: Pillow's own conversion cuts everything above 255 off."""
    if image.mode.startswith("I;16"):
        image = image.convert("I")
    return image.point(lambda value: value * (1 / 256)).convert("L")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as a browser expects them that is told nothing of a colour space."""
    wanted = "L" if image.mode == "L" else "RGB"
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            if made := ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode="RGB"):
                return made
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile, or one for another number of colours: the plain conversion has to do
    return image if image.mode == wanted else image.convert(wanted)


def _upright(image: Image.Image, turned: int) -> Image.Image:
    return image.transpose(TURNS[turned]) if turned in TURNS else image


def _thumbnail(image: Image.Image) -> bytes:
    small = _small(image, THUMBNAIL_SIDE)
    made = (_jpeg(small, quality) for quality in THUMBNAIL_QUALITIES)
    fitting = next((jpeg for jpeg in made if len(jpeg) <= MOST_THUMBNAIL), None)
    return fitting or _jpeg(small, THUMBNAIL_QUALITIES[-1])


def _jpeg(image: Image.Image, quality: int) -> bytes:
    """A JPEG of nothing but the pixels."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    made = BytesIO()
    bare.save(made, "JPEG", quality=quality, optimize=True, progressive=False)
    return made.getvalue()
