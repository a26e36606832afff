"""The same application served by threads of this process: directed tests are spared the start of a server."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from api.app import create_app
from api.settings import Settings
from api.wiring import Wiring


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log(self, *_said: Any) -> None:
        """Nothing."""


class ServerThreads:
    """One installation in this process."""

    examines = False

    def __init__(self, url: str, folder: Path) -> None:
        self._settings = Settings(
            database_url=url,
            photos=str(folder / "photos"),
            upload_folder=str(folder / "uploads"),
            examine_photos=False,
        )
        self.originals = folder / "photos" / "originals"
        self.port = 0
        self._app: Flask | None = None
        self._server: BaseWSGIServer | None = None

    def start(self) -> None:
        """Serve from now on."""
        self._app = create_app(self._settings)
        self._server = make_server("127.0.0.1", self.port, self._app, threaded=True, request_handler=Quiet)
        self.port = self._server.server_port
        Thread(target=self._server.serve_forever, daemon=True).start()

    def kill(self) -> None:
        """Stop, after what is being answered; harmless when it does not run."""
        if self._server is None or self._app is None:
            return
        self._server.shutdown()
        self._server.server_close()
        wiring: Wiring = self._app.extensions["pandus"]
        wiring.engine.dispose()
        self._server = self._app = None

    def run(self, *words: str) -> str:
        """Run one of the commands and return what it printed. Raises RuntimeError if it fails."""
        done = (self._app or create_app(self._settings)).test_cli_runner().invoke(args=words)
        if done.exit_code:
            raise RuntimeError(f"{' '.join(words)}: {done.output}") from done.exception
        return str(done.output)

    def logged(self) -> Iterator[dict[str, Any]]:
        """What it logs stands among what pytest has captured."""
        return iter(())
