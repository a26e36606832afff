"""A Redis server for one test: on a unix socket in a folder of its own, on no port, keeping nothing."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# This shell outlives a killed test run: its input ends when the run ends, and then it stops the server by its pid.
KEEPER = """
folder=$1 server=$2
"$server" --port 0 --unixsocket "$folder/socket" --save "" --appendonly no --dir "$folder" >"$folder/log" 2>&1 &
pid=$!
for _ in $(seq 300); do
    [ -S "$folder/socket" ] && echo ready && break
    jobs >/dev/null
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.05
done
cat >/dev/null
kill -9 "$pid" 2>/dev/null
wait "$pid" 2>/dev/null
rm -rf -- "$folder"
"""


class RedisUnavailable(Exception):
    """No Redis could be started; says what is missing."""


@contextmanager
def redis_server() -> Iterator[str]:
    """Address of a fresh server that ends with the block. Raises RedisUnavailable."""
    server = shutil.which("redis-server")
    if server is None:
        raise RedisUnavailable(
            "the tests of the queue need redis-server: 'apt-get install redis-server' brings it"
        )
    folder = Path(tempfile.mkdtemp(prefix="pandus-redis-", dir="/tmp"))
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "sh", str(folder), server],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests; the server must outlive their tear-down
    )
    assert keeper.stdin
    assert keeper.stdout
    try:
        if keeper.stdout.readline() != "ready\n":
            raise RedisUnavailable(f"{server} did not start")
        yield f"unix://{folder / 'socket'}"
    finally:
        keeper.stdin.close()
        keeper.wait(timeout=30)
        keeper.stdout.close()
