"""Request bodies, held to their limit also when nobody said how long they are or how much is packed into them."""

import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import IO, Any, Protocol

import flask
from werkzeug.exceptions import RequestEntityTooLarge

from api.parsing import MalformedBody, UnsupportedMediaType

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOST_DRAINED = 64 * 1024 * 1024  # bytes of a refused body that are read all the same
CHUNK = 64 * 1024  # bytes read at a time, and inflated at a time
# A frame may demand a window that is larger than any body. RFC 9659 keeps it at 8 MB for HTTP.
WINDOW: Mapping[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
# A gzip body may be several members and a zstd body several frames (RFC 1952, 2.2; RFC 8878, 3): what packs a body
# in pieces makes a few dozen. A body of nothing but empty members would only burn time.
MOST_PIECES = 1000

BROKEN = "The body is not what its Content-Encoding says, or it is cut."
PACKED_OTHERWISE = "The body is packed in a way that is not unpacked here."
WHOLE = "a body that is whole, packed by gzip or by zstd with a window of at most 8 MB, and nothing after it"


class UnsupportedEncoding(UnsupportedMediaType):
    """The body is packed in a way that we do not unpack, or more than once."""


class Inflater(Protocol):
    """One gzip member or one zstd frame on its way out, as the inflater of zstd offers it."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _GzipMember:
    """A gzip member that remembers what it could not inflate yet."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._inflater.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflater.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inflater.decompress(self._inflater.unconsumed_tail + data, max_length)


INFLATERS: Mapping[str, Callable[[], Inflater]] = MappingProxyType(
    {"gzip": _GzipMember, "zstd": lambda: zstd.ZstdDecompressor(options=WINDOW)}
)
ALIASES = {"x-gzip": "gzip"}  # RFC 9110, 8.4.1.3
ENCODINGS = ", ".join(INFLATERS)


class Request(flask.Request):
    """A request whose body is read whole and unpacked, or refused with 413.

    Of a chunked body beyond the limit Werkzeug hands over the first part and says nothing: half a document.
    `content_length` stays what it is in HTTP, the bytes on the way; `stream` stays the body as it was sent, for
    views that take bytes as they are.
    """

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        """The body, unpacked.

        Raises RequestEntityTooLarge if it is longer than the limit, unpacked or as sent, also where nobody had
        said its length; UnsupportedEncoding for a Content-Encoding we do not know; MalformedBody for one that is
        not true.
        """
        encoding = self._encoding()
        self._refuse_longer()
        if encoding and getattr(self, "_cached_data", None) is None:
            # Werkzeug's own place, which it looks into before it reads.
            self._cached_data = inflate(self.stream, encoding, self.max_content_length)
        body = super().get_data(*args, **kwargs)
        limit = self.max_content_length
        if not encoding and self.content_length is None and limit is not None and len(body) >= limit:
            raise RequestEntityTooLarge
        return body

    def _refuse_longer(self) -> None:
        """Refuse a body that says itself that it is too long, after reading what a client may still be sending.

        Most clients look for an answer only when all is sent, and a connection that is closed before tells them
        nothing: they would send the same again for ever.
        """
        limit, said = self.max_content_length, self.content_length
        if limit is None or said is None or said <= limit:
            return
        stream: IO[bytes] = self.environ["wsgi.input"]
        left = said if said <= MOST_DRAINED else 0
        while left > 0 and (part := stream.read(min(CHUNK, left))):
            left -= len(part)
        raise RequestEntityTooLarge

    def _get_stream_for_parsing(self) -> IO[bytes]:
        """Where Werkzeug reads a form."""
        return BytesIO(self.get_data()) if self._encoding() else super()._get_stream_for_parsing()

    def _encoding(self) -> str | None:
        named = (word.strip().lower() for word in self.headers.get("Content-Encoding", "").split(","))
        encodings = [ALIASES.get(word, word) for word in named if word not in ("", "identity")]
        if len(encodings) > 1 or not INFLATERS.keys() >= set(encodings):
            raise UnsupportedEncoding(PACKED_OTHERWISE, accepted=list(INFLATERS))
        return encodings[0] if encodings else None


def inflate(stream: IO[bytes], encoding: str, limit: int | None) -> bytes:
    """What was packed into a body; nothing for a body of no bytes at all.

    encoding: one of INFLATERS; limit: bytes that it may become, and no more than that is ever held.
    Raises RequestEntityTooLarge beyond the limit, MalformedBody for what is broken, cut or followed by anything.
    """
    inflated = BytesIO()
    try:
        for part in _parts(stream, INFLATERS[encoding]):
            if limit is not None and inflated.tell() + len(part) > limit:
                raise RequestEntityTooLarge
            inflated.write(part)
    except (zlib.error, zstd.ZstdError, EOFError) as error:
        fault = {"pointer": "", "reason": BROKEN, "accepted": WHOLE}
        raise MalformedBody("the body cannot be unpacked", errors=[fault]) from error
    return inflated.getvalue()  # not a copy


def _parts(stream: IO[bytes], new_inflater: Callable[[], Inflater]) -> Iterator[bytes]:
    """The inflated body in parts of at most CHUNK bytes. Raises EOFError if it is cut or has too many pieces."""
    inflater: Inflater | None = None
    pieces = 0
    while packed := stream.read(CHUNK):
        while packed:
            if inflater is None or inflater.eof:
                inflater, pieces = new_inflater(), pieces + 1
                if pieces > MOST_PIECES:
                    raise EOFError
            yield (part := inflater.decompress(packed, CHUNK))
            while len(part) == CHUNK and not inflater.eof:  # there may be more of what was read already
                yield (part := inflater.decompress(b"", CHUNK))
            packed = inflater.unused_data
    if inflater is not None and not inflater.eof:
        raise EOFError
