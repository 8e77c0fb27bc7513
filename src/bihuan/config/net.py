"""Ports: choosing one, and waiting for the web to answer on it."""

from __future__ import annotations

import http.client
import os
import socket
import time

from bihuan.config.supervisor import Child, Supervisor, restarts_below
from bihuan.config.words import Halt

_DEFAULT_PORT = 8000
_TRIED = 100


def choose_port(given: int | None = None, last: int | None = None) -> int:
    """Return the port for the web: the one asked for, or that of the last time, so that people's
    bookmarks hold, or the first free one from 8000.
    """
    if given is None and os.environ.get("BIHUAN_PORT"):
        told = os.environ["BIHUAN_PORT"]
        given = port_of(told)
        if given is None:
            raise Halt(
                "port_malformed",
                f"BIHUAN_PORT 不是端口号（1 到 65535）：{told}",
                f"BIHUAN_PORT is not a port number (1 to 65535): {told}",
            )
    if not _is_free(0):
        host = _host()
        raise Halt(
            "host_unknown",
            f"BIHUAN_HOST={host} 不是本机的地址。请写本机网卡的地址，或 0.0.0.0（全部网卡）。",
            f"BIHUAN_HOST={host} is no address of this machine. Give one of its addresses, or 0.0.0.0 for all.",
        )
    if given is not None:
        if not _is_free(given):
            raise Halt(
                "port_taken",
                f"端口 {given} 已被其他程序占用。请用 --port 换一个。",
                f"Port {given} is used by another program. Choose another with --port.",
            )
        return given
    usual = list(range(_DEFAULT_PORT, _DEFAULT_PORT + _TRIED))
    tried: list[int] = usual if last is None else [last, *usual]
    for port in tried:
        if _is_free(port):
            return port
    raise Halt(
        "no_free_port",
        f"{_DEFAULT_PORT} 到 {_DEFAULT_PORT + _TRIED - 1} 的端口都被占用。请用 --port 指定一个。",
        f"All ports from {_DEFAULT_PORT} to {_DEFAULT_PORT + _TRIED - 1} are used. Name one by --port.",
    )


def port_of(told: str) -> int | None:
    """The number of a port that somebody wrote; None where it is none."""
    number = int(told) if told.isdecimal() else 0
    return number if 1 <= number <= 65535 else None


def wait_for_answer(supervisor: Supervisor, web: Child, port: int, *, seconds: float = 120) -> None:
    """Wait until the web answers; `web` is its process, or the one that keeps it among others. Raises
    Halt when it keeps dying or stays silent.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and not supervisor.is_stopping():
        if answers(port):
            return
        supervisor.beat()
        if web.restarts >= 2 or restarts_below(supervisor.home, web, "web") >= 2:
            break
        time.sleep(0.1)
    if supervisor.is_stopping():
        return
    # else it lives or died within the one that keeps it, and has a log of its own
    log = supervisor.log_of(web if web.restarts >= 2 else Child("web", []))
    raise Halt(
        "web_not_started",
        "网页服务没有启动。" + (f"原因见日志 {log}" if log else "原因见上文。"),
        "The web did not start. "
        + (f"The reason is in its log {log}" if log else "The reason is above."),
    )


def _host() -> str:
    return os.environ.get("BIHUAN_HOST") or "127.0.0.1"  # an empty one would be every address


def _is_free(port: int) -> bool:
    host = _host()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server will bind it: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Say whether a web answers at this port."""
    host = _host()
    if host in {"0.0.0.0", "::"}:
        host = "localhost"
    asking = http.client.HTTPConnection(host, port, timeout=10)
    try:
        asking.request("GET", "/livez", headers={"Host": f"localhost:{port}"})
        asking.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()
    return True
