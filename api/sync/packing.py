"""gzip by several threads at once, for pages so long that their reader waits for the packing."""

import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

LEVEL = 6
WINDOW = 32 * 1024  # bytes that deflate can look back (RFC 1951)
PARTS = 2
HEADER = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])  # RFC 1952: deflate, no name, no time, no system

# One thread packs the second part while the caller packs the first; zlib lets go of the interpreter meanwhile.
_others = ThreadPoolExecutor(PARTS - 1, thread_name_prefix="packing")


def gzip_in_parts(body: bytes) -> bytes:
    """One gzip member, as if it had been packed in one go, but for a few bytes where the parts meet.

    Each part may look back into the one before, and ends on a whole byte, so that they can be put together.
    """
    first, *spans = pairwise(len(body) * n // PARTS for n in range(PARTS + 1))
    later = [_others.submit(_deflate, body, span, last=span is spans[-1]) for span in spans]
    packed = [_deflate(body, first, last=False), *(each.result() for each in later)]
    trailer = zlib.crc32(body).to_bytes(4, "little") + (len(body) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join((HEADER, *packed, trailer))


def _deflate(body: bytes, span: tuple[int, int], *, last: bool) -> bytes:
    start, end = span
    before = body[max(0, start - WINDOW) : start]
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before)
    packed = packer.compress(memoryview(body)[start:end])
    return packed + packer.flush(zlib.Z_FINISH if last else zlib.Z_SYNC_FLUSH)
