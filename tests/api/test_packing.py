"""gzip in parts is gzip: every reader unpacks it, and it is hardly longer."""

import gzip
import random
import zlib

import pytest

from api.sync.packing import WINDOW, gzip_in_parts

WORDS = [b"ramp", b"door", b"slope", b"handrail", "емхана".encode(), b'{"id":', b"}", b"1990", b"null,"]


def some_text(length: int) -> bytes:
    source = random.Random(length)
    return b" ".join(source.choices(WORDS, k=1 + length))[:length]


@pytest.mark.parametrize("length", [0, 1, 2, 3, 1000, WINDOW - 1, 2 * WINDOW, 2 * WINDOW + 1, 700_001])
def test_what_was_packed_in_parts_comes_out_as_it_was(length: int) -> None:
    body = some_text(length)
    assert gzip.decompress(gzip_in_parts(body)) == body


def test_it_is_one_member_and_nothing_behind_it() -> None:
    body = some_text(500_000)
    reader = zlib.decompressobj(wbits=31)
    assert reader.decompress(gzip_in_parts(body)) == body
    assert (reader.eof, reader.unused_data) == (True, b"")


def test_it_is_hardly_longer_than_packed_in_one_go() -> None:
    body = some_text(1_000_000)
    assert len(gzip_in_parts(body)) <= 1.002 * len(gzip.compress(body, 6))


def test_random_bytes_survive() -> None:
    body = random.Random(7).randbytes(300_000)
    assert gzip.decompress(gzip_in_parts(body)) == body
