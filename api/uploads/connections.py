"""Noticing that the other end of a connection is not there any more."""

import os
import socket
from contextlib import suppress
from pathlib import Path

OPEN_FILES = Path("/proc/self/fd")
SILENT, BETWEEN, TIMES = 20, 5, 3  # seconds without a word, seconds between two questions, questions


def notice_dead_peers() -> None:
    """Let the system ask the other ends of this process' connections whether they are there: gone within 35 s.

    A tablet that walked out of reach says nothing, and whoever reads from it would wait for ever. The server does
    not say which connection a request came by, and to ask all of them does no harm. Behind a proxy it is the proxy
    that has to notice.
    """
    if not OPEN_FILES.is_dir():  # not on this system
        return
    for number in os.listdir(OPEN_FILES):  # noqa: PTH208 - a path each would only be taken apart again
        with suppress(OSError):  # closed meanwhile, or no socket
            if (OPEN_FILES / number).readlink().name.startswith("socket:"):
                _ask(int(number))


def _ask(number: int) -> None:
    with socket.socket(fileno=os.dup(number)) as connection:
        if connection.family not in (socket.AF_INET, socket.AF_INET6) or connection.type != socket.SOCK_STREAM:
            return
        if connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, SILENT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, BETWEEN)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, TIMES)
