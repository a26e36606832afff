"""Compressed answers, and the refusal of a body that is packed in a way we do not unpack."""

from flask import Flask, Response, request
from flask_compress import Compress

from api.bodies import ENCODINGS, UnsupportedEncoding
from api.problems import CONTENT_TYPE, answer_refusal
from geo import tiles

ALGORITHMS = ("zstd", "br", "gzip")  # ours to choose where a client likes several equally
MEDIA_TYPES = frozenset({"application/json", "application/geo+json", "text/html", tiles.MEDIA_TYPE, CONTENT_TYPE})
SMALLEST = 1024  # bytes; below, the headers weigh as much as what is saved
PARTIAL = 206


def register(app: Flask) -> None:
    """Compress what the application answers. Registered first, it sees every answer last."""
    app.config.update(
        COMPRESS_ALGORITHM=list(ALGORITHMS),
        COMPRESS_ZSTD_LEVEL=3,
        COMPRESS_BR_LEVEL=4,
        COMPRESS_LEVEL=6,
        COMPRESS_MIMETYPES=sorted(MEDIA_TYPES),
        COMPRESS_MIN_SIZE=SMALLEST,
        COMPRESS_STREAMS=False,
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,  # the library would do it for compressed answers only
    )
    Compression(app)
    app.register_error_handler(UnsupportedEncoding, _refuse_encoding)


class Compression(Compress):
    """flask-compress for our kinds of answer, refusals among them.

    Alone it would leave every refusal plain, write Vary on pictures and streams, cut a range out of the plain
    body and then compress it, and compress for a client that refuses the algorithm with `q=0`.
    """

    def after_request(self, response: Response | None) -> Response:
        """The answer, compressed where it may be; 304 where the client holds it already."""
        assert response is not None  # noqa: S101 - a view that answers nothing has crashed before
        if response.mimetype in MEDIA_TYPES and not response.is_streamed and response.status_code != PARTIAL:
            response = self._compressed(response)
            if request.method in ("GET", "HEAD") and response.status_code == 200 and "ETag" in response.headers:
                response.make_conditional(request)
        return response

    def _compressed(self, response: Response) -> Response:
        if _refuses_any():
            response.vary.add("Accept-Encoding")
            return response
        status = response.status
        if response.status_code >= 400:
            response.status_code = 200  # the library's only measure of what is worth compressing
        response = super().after_request(response)
        response.status = status
        return response


def _refuses_any() -> bool:
    return any(quality == 0 and name in ALGORITHMS for name, quality in request.accept_encodings)


def _refuse_encoding(error: UnsupportedEncoding) -> Response:
    response = answer_refusal(error)
    response.headers["Accept-Encoding"] = ENCODINGS  # RFC 9110, 15.5.16
    return response
