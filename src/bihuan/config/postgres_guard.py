"""Stops the private PostgreSQL server when nobody uses it any more.

Run as a file, by `postgres_server`, beside the server: `postgres_guard.py LOCKFILE DATA_FOLDER`.
Every process that uses the server holds the lock file shared. The guard waits to hold it alone,
which the kernel grants when the last user has gone, however it died. Standard library only: it
must stay small.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time


def main() -> None:
    """Wait for the last user to go, then stop the server."""
    lock_file, data = sys.argv[1:3]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C of a terminal is the users' affair
    # Of the two locks that of the guard goes first: who comes after this server finds it free.
    with open(lock_file, "rb") as lock, open(f"{lock_file}.guard", "ab") as guard:  # noqa: PTH123 - no pathlib: a few MB less
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # one waits already, since before this server was started again
        fcntl.flock(lock, fcntl.LOCK_EX)
        # The lock is kept meanwhile, so a newcomer waits instead of finding a dying server.
        stop(data)


def stop(data: str) -> None:
    """Stop the server of this data folder, if one runs, and wait until it has gone."""
    server = running(data)
    if server is None:
        return
    try:
        os.kill(server, signal.SIGINT)  # fast shutdown: a checkpoint, no recovery later
    except ProcessLookupError:
        return
    # No limit: a checkpoint takes what it takes, and killing it would only cost a recovery.
    while running(data) == server:
        time.sleep(0.05)


def running(data: str) -> int | None:
    """Return the process id of the live server of this data folder.

    A number left by a dead server may belong to another program by now, so the command line of the
    process is looked at where the system shows it; a zombie does not count.
    """
    try:
        with open(f"{data}/postmaster.pid", "rb") as file:  # noqa: PTH123 - as above
            pid = int(file.readline())
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123 - as above
            words = file.read().split(b"\0")
    except OSError:
        return None if os.path.isdir("/proc/self") else pid  # noqa: PTH112 - as above
    return pid if os.fsencode(data) in words else None  # a zombie has no command line


if __name__ == "__main__":
    main()
