"""The link of a simulated tablet: what was cut off is no answer."""

import socket
from threading import Thread

import pytest

from tests.faults.link import Link, LinkDown

WHOLE = b"HTTP/1.1 204 No Content\r\nUpload-Offset: 1234\r\n\r\n"


def asked(answer: bytes) -> str:
    """The offset in an answer that a server gives to the first who asks."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

        serving = Thread(target=serve)
        serving.start()
        try:
            return Link(server.getsockname()[1], "t", {}).ask("HEAD", "/").header("upload-offset")
        finally:
            serving.join()


def test_a_whole_answer_says_what_it_says() -> None:
    assert asked(WHOLE) == "1234"


@pytest.mark.parametrize("length", range(len(WHOLE) - 2))
def test_an_answer_that_ends_within_its_headers_is_none(length: int) -> None:
    with pytest.raises(LinkDown):
        asked(WHOLE[:length])
