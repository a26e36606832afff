"""`flask serve`: everything between a fresh checkout and a server that answers."""

import ctypes
import gc
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import click
from flask.cli import with_appcontext
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer
from sqlalchemy import select

from api import migrate
from api.backlog import understand_backlog
from api.backup.unfinished import refuse_half_restored
from api.commands import demo
from api.commands.feed import rebuild_all
from api.openapi import PREFIX
from api.positions import weigh_all
from api.settings import INLINE, Settings
from api.sync import edits
from api.wiring import wiring
from api.work import Units
from inspection.sync.rebuilding import was_never_built
from inspection.tables.people import Person

STOP_SECONDS = 30
ROOT = Path(__file__).parents[2]  # where wsgi.py lies
M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of glibc's malloc.h

# Granian's own lines go where ours go (`logs.py`), not to stdout in a form of their own.
GRANIAN_LOGS = {
    "formatters": {},
    "handlers": {},
    "loggers": {"_granian": {"handlers": [], "propagate": True}},
}


@click.command("serve")
@with_appcontext
def command() -> None:
    """Migrate the database, fill it if it is to be a demo, and serve until interrupted."""
    parts = wiring()
    settings = parts.settings
    refuse_taken_port(settings.host, settings.port)
    refuse_half_restored(settings.database_url)
    migrate.upgrade(settings.database_url)
    if parts.units.read(lambda work: was_never_built(work.session)):
        rebuild_all(parts.units)
    if settings.understanding == INLINE:
        # What a crash left between keeping and understanding.
        understand_backlog(parts.units)
        edits.finish(parts.units)
        weigh_all(parts.units)
    sign_ins = prepare_demo(parts.units, settings) if settings.demo else ()
    for line in (*addresses(settings), *sign_ins):
        click.echo(line)
    parts.engine.dispose()  # workers are forked, and two processes must not speak on one connection
    save_memory()
    with tended() if settings.tend else nullcontext():
        serve(settings)


@contextmanager
def tended() -> Iterator[None]:
    """Have what is due by time done beside the server, in a process of its own that ends with it."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "tend", "--parent", str(os.getpid())]
    # Our own program, with nothing of anybody else's in it. Ctrl-C reaches every process of a session; only the
    # first one decides, and it tells this one.
    environment = {**os.environ, "PYTHONPATH": paths}
    tending = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 - our own
    try:
        yield
    finally:
        tending.terminate()
        try:
            tending.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:  # in the middle of a chore, which is done again after its lease
            tending.kill()
            tending.wait()


class Server(MPServer):
    """Granian, stopping for sure."""

    def _stop_workers(self) -> None:
        # A worker that has only just started loses the signal, and Granian would wait for it for ever.
        workers: list[Any] = list(self.wrks)  # Granian's own are untyped
        for _ in range(STOP_SECONDS):
            alive = [worker for worker in workers if worker.is_alive()]
            for worker in alive:
                worker.terminate()
            for worker in alive:
                worker.join(1 / len(alive))
        super()._stop_workers()  # type: ignore[no-untyped-call]


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests that were begun are finished, within STOP_SECONDS."""
    logging.getLogger("_granian").addFilter(_is_news)
    server = Server(
        "wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.workers,
        blocking_threads=settings.threads + settings.streams + settings.uploads,
        workers_kill_timeout=1,
        log_level=LogLevels.warning,
        log_dictconfig=GRANIAN_LOGS,
    )
    try:
        server.serve(target_loader=_load_in_worker, wrap_loader=False)
    except SystemExit:
        # A worker that heard the same signal and was faster than us did not fail.
        if not server.interrupt_signal:
            raise


def _is_news(record: logging.LogRecord) -> bool:
    # Streams and uploads wait nearly all the time, each on a thread of its own: there are many on purpose.
    return not record.getMessage().startswith("Configuration allows spawning")


def _load_in_worker() -> WSGIApplication:
    # Ctrl-C reaches every process of a terminal; only the first one decides, and it tells the workers by SIGTERM.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(
        signal.SIGTERM, signal.SIG_DFL
    )  # until Granian's own is set: ours was inherited and does nothing
    app: WSGIApplication = import_module("wsgi").app
    return app


def save_memory() -> None:
    """Let workers that are forked next share what is loaded, and give back what an answer took.

    Pages are shared until somebody writes to them, and looking for garbage writes to every object. glibc keeps a
    heap for each thread, and in it the megabytes of a page of documents; another C library has nothing to be told.
    """
    gc.collect()
    gc.freeze()
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is not None:
        tell(M_ARENA_MAX, 2)
        tell(M_MMAP_THRESHOLD, 1024 * 1024)  # a push of fifty audits stays below


def refuse_taken_port(host: str, port: int) -> None:
    """Refuse before anything is changed. Raises click.ClickException with one sentence."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # Past connections that are closing, but not beside a server: Granian itself would share its port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror as error:
        raise click.ClickException(f"{host} is no address of this machine; set PANDUS_HOST to one.") from error
    except OSError as error:
        raise click.ClickException(
            f"{host}:{port} cannot be served: {error.strerror}. Stop who has it, or set PANDUS_PORT."
        ) from error


def prepare_demo(units: Units, settings: Settings) -> Sequence[str]:
    """Load the demo region if nobody can sign in yet; lines to print about its sign-ins."""
    if units.read(lambda work: work.session.scalar(select(Person.id).limit(1))) is None:
        demo.load(units, seed=settings.demo_seed, facilities=settings.demo_facilities, settings=settings)
    demo.let_in_by_browser(units, settings)
    return (*demo.sign_ins(units), *demo.browser_sign_ins(units))


def addresses(settings: Settings) -> Sequence[str]:
    """Lines that say where to look."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    root = f"http://{host}:{settings.port}"
    return (
        f"Pandus serves {root}{PREFIX}",
        f"  pages      {root}/console/",
        f"  reference  {root}{PREFIX}/docs",
        f"  document   {root}{PREFIX}/openapi.json",
        f"  ready      {root}/readyz",
        "Ctrl-C stops it.",
    )
