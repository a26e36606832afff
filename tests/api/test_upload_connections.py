"""The other end of a connection is asked whether it is still there."""

import socket

from api.uploads.connections import BETWEEN, SILENT, TIMES, notice_dead_peers


def asks(connection: socket.socket) -> tuple[int, int, int, int]:
    """What a connection is set to: whether it asks, after how long, how long apart, how often."""
    tcp = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    idle, between, times = (connection.getsockopt(socket.IPPROTO_TCP, option) for option in tcp)
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), idle, between, times


def test_every_connection_of_the_process_is_watched_and_other_sockets_are_left_alone() -> None:
    pair, other = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as listener, pair, other:
        with socket.create_connection(listener.getsockname()) as client, listener.accept()[0] as accepted:
            assert asks(accepted)[0] == 0
            notice_dead_peers()
            assert asks(accepted) == asks(client) == (1, SILENT, BETWEEN, TIMES)
            assert asks(listener)[0] == 0
            accepted.sendall(b"still open")
            assert client.recv(10) == b"still open"
        assert pair.fileno() > 0
