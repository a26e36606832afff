"""A real mail server (Exim) on a loopback port.

It takes every mail, passes it on to another server, and reports what that one refuses into a Maildir.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOME = "pandus.test"  # whose mail lies in the Maildir
# This shell outlives a killed test run: its input ends when the run ends, and then it stops the server by its pid.
KEEPER = '"$@" -oP "/dev/null" & cat >/dev/null; kill "$!"; wait'
CONFIG = """
exim_user = {user}
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
primary_hostname = mx.{home}
acl_smtp_rcpt = all
acl_smtp_data = all
dsn_advertise_hosts = *
host_lookup =
queue_run_max = 1
begin acl
all:
  accept
begin routers
home:
  driver = accept
  domains = {home}
  transport = maildir
away:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = smtp
begin transports
maildir:
  driver = appendfile
  user = {user}
  directory = {folder}/mail
  maildir_format
smtp:
  driver = smtp
  port = {next_port}
begin retry
* * F,1s,1s
"""


class EximUnavailable(RuntimeError):
    """Why there is no mail server here."""


@dataclass(frozen=True)
class MailHub:
    """port: where it takes mail. mailbox: the Maildir of everybody at HOME."""

    port: int
    mailbox: Path

    def reported(self, count: int, seconds: float = 20) -> list[bytes]:
        """The mails that have come to HOME, once there are so many."""
        until = time.monotonic() + seconds
        while len(found := list((self.mailbox / "new").glob("*"))) < count:
            if time.monotonic() > until:
                raise AssertionError(f"{len(found)} of {count} reports came: {self.log()}")
            time.sleep(0.05)
        return [each.read_bytes() for each in found]

    def log(self) -> str:
        """What the server wrote of its doings and troubles."""
        return "\n".join(each.read_text("utf-8") for each in sorted(self.mailbox.parent.glob("*log")))


@contextmanager
def mail_hub(folder: Path, next_port: int) -> Iterator[MailHub]:
    """Run one. folder: must be short, and empty. next_port: of the server that it passes mail on to."""
    # What could not be delivered at once is tried again every second ("-q1s" below).
    program = shutil.which("exim4") or shutil.which("exim")
    if program is None:
        raise EximUnavailable("there is no exim4: apt-get install exim4-daemon-light")
    root = os.geteuid() == 0
    user = "Debian-exim" if root else pwd.getpwuid(os.geteuid()).pw_name
    for name in ("mail/new", "mail/cur", "mail/tmp", "spool"):
        (folder / name).mkdir(parents=True)
    config = folder / "exim.conf"
    config.write_text(CONFIG.format(user=user, folder=folder, home=HOME, next_port=next_port))
    if root:
        for each in (folder, *folder.rglob("*")):
            shutil.chown(each, user if each != config else "root")
    port = _free_port()
    listening = [program, "-C", str(config), "-bdf", "-q1s", "-oX", f"127.0.0.1.{port}"]
    with (folder / "stderr").open("wb") as stderr:
        keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "sh", *listening],
            stdin=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C is for the tests; the server must outlive their tear-down
        )
    assert keeper.stdin
    try:
        _wait(port, folder)
        yield MailHub(port, folder / "mail")
    finally:
        keeper.stdin.close()
        keeper.wait(10)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(port: int, folder: Path) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"exim did not start: {(folder / 'stderr').read_text('utf-8')}")
