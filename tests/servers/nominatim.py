"""A geocoder on a loopback port of its own that speaks the Nominatim and the Photon form, or misbehaves."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HALF_A_BODY = '[{"lat": "43.2", "lon"'


def a_place(lat: float, lon: float, rank: int = 30, size: float = 0.0005, **more: Any) -> dict[str, Any]:
    """One answer in the Nominatim form. rank: 30 a house, 26 a street, 16 a village, 8 a region."""
    box = [str(lat - size), str(lat + size), str(lon - size), str(lon + size)]
    plain = {"lat": str(lat), "lon": str(lon), "place_rank": rank, "display_name": "Үлгі, Пример"}
    return {**plain, "boundingbox": box, "licence": "invented", **more}


@dataclass
class GeocodingServer:
    """What was asked, and what is to be answered. says: places, or a text as it stands. delay: seconds."""

    port: int = 0
    says: Any = field(default_factory=list)
    status: int = 200
    retry_after: int | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def geocoding_server() -> Iterator[GeocodingServer]:
    """A server that runs until the block ends."""
    state = GeocodingServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            state.asked.append(query)
            state.agents.append(self.headers.get("User-Agent", ""))
            body = state.says if isinstance(state.says, str) else json.dumps(state.says)
            self.send_response(state.status)
            if state.retry_after is not None:
                self.send_header("Retry-After", str(state.retry_after))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
