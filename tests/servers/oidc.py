"""A provider of identities for the tests: a real one in a process of its own, and one that lies as it is told."""

import hmac
import json
import os
import socket
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "pandus-of-the-tests"
HEADER = {"alg": "RS256", "kid": "1"}


class ProviderUnavailable(Exception):
    """The provider did not start."""


@contextmanager
def real_provider() -> Iterator[str]:
    """The issuer of a provider that ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    issuer = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "oidc_provider_mock", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_for(issuer, server)
            yield issuer
        finally:
            server.terminate()


def approve(way: str, subject: str | None) -> str:
    """Sign in at the real provider as somebody, or (None) refuse; where one is sent then."""
    form = {"action": "deny"} if subject is None else {"sub": subject}
    reply = requests.post(way, data=form, allow_redirects=False, timeout=10)
    assert reply.status_code in (302, 303), reply.text
    return reply.headers["Location"]


class Liar:
    """A provider whose tokens say what a test wants.

    claims: put over what is true; without: claims that are left out; asked: the last question for a token;
    by_public_key: signs by HMAC with what everybody knows, the oldest confusion of algorithms.
    """

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.without: tuple[str, ...] = ()
        self.by_public_key = False
        self.answer: Any = None
        self.asked: dict[str, str] = {}
        self.nonce = ""
        self.key = RSAKey.generate_key(2048, parameters={"kid": "1", "use": "sig"})
        self.signs = self.key
        self.issuer = ""

    def sent_back(self, way: str) -> str:
        """Where the provider sends whoever came this way."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(way).query).items()}
        self.nonce, self.asked = asked.get("nonce", ""), asked
        return f"{asked['redirect_uri']}?{urlencode({'code': 'a-code', 'state': asked['state']})}"

    def token(self) -> Any:
        """What the token endpoint says."""
        if self.answer is not None:
            return self.answer
        now = int(time.time())
        true = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "anna",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
        }
        said = {k: v for k, v in (true | self.claims).items() if k not in self.without}
        signed = self._confused(said) if self.by_public_key else jwt.encode(HEADER, said, self.signs)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}

    def _confused(self, said: dict[str, Any]) -> str:
        parts = [json.dumps(part).encode() for part in (HEADER | {"alg": "HS256"}, said)]
        text = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
        mark = hmac.digest(self.key.as_pem(private=False), text, "sha256")
        return (text + b"." + urlsafe_b64encode(mark).rstrip(b"=")).decode()


@contextmanager
def lying_provider() -> Iterator[Liar]:
    """A liar on a port of its own."""
    liar = Liar()
    paths: dict[str, Callable[[], Any]] = {
        "/.well-known/openid-configuration": lambda: {
            "issuer": liar.issuer,
            "authorization_endpoint": f"{liar.issuer}/authorize",
            "token_endpoint": f"{liar.issuer}/token",
            "jwks_uri": f"{liar.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        },
        "/keys": lambda: {"keys": [liar.key.as_dict(private=False)]},
        "/token": liar.token,
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(paths[self.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            liar.asked = {name: values[0] for name, values in parse_qs(body).items()}
            self._say(paths[self.path]())

        def _say(self, document: Any) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        liar.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield liar
        finally:
            server.shutdown()
            thread.join()


def _wait_for(issuer: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        try:
            requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).raise_for_status()
        except requests.RequestException:
            if server.poll() is not None:
                break
            threading.Event().wait(0.1)
        else:
            return
    raise ProviderUnavailable("oidc-provider-mock did not start")
