"""`bihuan up` and `bihuan demo`: everything, or one part of it, until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bihuan.config import migrations, nats_server, net, postgres, postgres_roles, postgres_server
from bihuan.config.home import home, make_home
from bihuan.config.supervisor import Child, Supervisor, outlive_the_killed
from bihuan.config.words import Halt, say

PARTS = ("web", "work", "clock", "ingest")
# Beside the others only where its port is set.
ON_DEMAND = ("jt808",)
# The demo makers, each named after its pack; the first lives in `var/demo`, the others beside it.
MAKERS = ("centrifuge", "instruments", "machinery", "general", "automation")


@click.command(
    "up", help=say("启动闭环（全部，或其中一部分）。", "Start Bihuan, or one part of it.")
)
@click.option(
    "--only",
    type=click.Choice([*PARTS, *ON_DEMAND]),
    help=say(
        "只启动这一部分；可在多台机器上分别启动。",
        "Only this part; parts may run on several machines.",
    ),
)
@click.option("--port", type=click.IntRange(1, 65535), help=say("网页端口。", "Port of the web."))
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option(
    "--log",
    "log_to",
    type=click.Choice(["file", "terminal"]),
    default="file",
    show_default=True,
    help=say(
        "日志写到数据目录，或终端（容器）。",
        "Logs to the data folder, or the terminal (containers).",
    ),
)
def up_command(only: str | None, port: int | None, workers: int, log_to: str) -> None:
    """Start everything, or one part."""
    place = home()
    with _running(place, whole=only is None, log_to_terminal=log_to == "terminal") as supervisor:
        parts = _parts() if only is None else (only,)
        address = _start_parts(supervisor, place, parts, port=port, workers=workers)
        if address:
            click.echo(say(f"闭环已启动：{address}", f"Bihuan is running: {address}"))
        else:
            click.echo(say(f"已启动：{only}", f"Running: {only}"))
        click.echo(say("按 Ctrl-C 停止。", "Press Ctrl-C to stop."))
        supervisor.run()


@click.command(
    "demo",
    help=say(
        "启动演示公司（有一年的业务）。", "Start the demo company, with a year of life behind it."
    ),
)
@click.option(
    "--pack",
    default=MAKERS[0],
    show_default=True,
    metavar="|".join(MAKERS),
    help=say("哪一家厂、按哪一套制度。", "Which maker, under which regulation."),
)
@click.option(
    "--customers",
    type=click.IntRange(15, 3000),
    default=300,
    show_default=True,
    help=say("客户数；少一些就快一些。", "How many customers; fewer are quicker."),
)
@click.option("--port", type=click.IntRange(1, 65535), help=say("网页端口。", "Port of the web."))
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
def demo_command(pack: str, customers: int, port: int | None, workers: int) -> None:
    """Start a demo company; its year is lived once, while the pages already answer."""
    if pack not in MAKERS:
        raise Halt(
            "unknown_maker",
            f"没有“{pack}”这家演示厂，可选：{'、'.join(MAKERS)}。",
            f'There is no demo maker "{pack}"; choose one of {", ".join(MAKERS)}.',
        )
    folder = "demo" if pack == MAKERS[0] else f"demo-{pack}"
    os.environ.setdefault("BIHUAN_HOME", str(Path("var") / folder))
    place = home()
    with _running(place, whole=True, log_to_terminal=False) as supervisor:
        address = _start_parts(supervisor, place, ("web",), port=port, workers=workers)
        command = [
            sys.executable,
            "-m",
            "bihuan.config.children_demo",
            address,
            pack,
            str(customers),
        ]
        live = Child("demo", command)
        code = supervisor.run_in_terminal(live)
        if supervisor.is_stopping():
            return
        if code != 0:
            raise Halt(
                "demo_failed",
                "演示数据没有生成完。再次运行会接着做；详情见上面的文字。",
                "The demo's year was not finished. Run it again to go on; the reason is above.",
            )
        _start_parts(supervisor, place, ("work", "clock", "ingest"))
        supervisor.start(
            Child("devices", [sys.executable, "-m", "bihuan.config.cli", "simulate-devices"])
        )
        click.echo(say("按 Ctrl-C 停止。", "Press Ctrl-C to stop."))
        supervisor.run()


@contextmanager
def _running(place: Path, *, whole: bool, log_to_terminal: bool) -> Iterator[Supervisor]:
    """Have the database up to date and a supervisor, and stop all of it at the end."""
    make_home(place)
    os.environ["BIHUAN_HOME"] = str(place)
    with _alone(place) if whole else _together():
        server = None
        if postgres.is_external():
            postgres_roles.prepare_external(place)
        else:
            server = postgres_server.use(place)
        supervisor = Supervisor(
            place, server=server, log_to_terminal=log_to_terminal, say_line=click.echo
        )
        supervisor.listen_to_signals()
        try:
            migrations.bring_up_to_date(place)
            yield supervisor
        finally:
            click.echo(say("正在停止……", "Stopping..."))
            supervisor.stop()
            click.echo(say("已停止。", "Stopped."))


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Refuse a second whole start on the same data folder."""
    path = place / "run" / "up.lock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            address = lock.read().strip()
            raise Halt(
                "already_running",
                f"数据目录 {place} 上的闭环已在运行{'：' + address if address else '。'}",
                f"Bihuan already runs on the data folder {place}{': ' + address if address else '.'}",
            ) from None
        lock.truncate(0)
        outlive_the_killed(place)
        yield


@contextmanager
def _together() -> Iterator[None]:
    yield


def _start_parts(
    supervisor: Supervisor,
    place: Path,
    parts: tuple[str, ...],
    *,
    port: int | None = None,
    workers: int = 2,
) -> str:
    """Start the parts; returns the address of the web, empty without it. Several are forks of one
    process that has loaded the product.
    """
    chosen = net.choose_port(port, _last_port(place)) if "web" in parts else None
    environment = {"BIHUAN_PORT": str(chosen), "BIHUAN_WEB_WORKERS": str(workers)} if chosen else {}
    if "ingest" in parts:
        _start_nats(supervisor, place)
    if "jt808" in parts:
        _say_terminals()
    may_fork = sys.platform == "linux"  # elsewhere not a process that has loaded libraries
    if may_fork and len(parts) > 1:
        product = Child("product", [*_command("product"), *parts], environment, in_terminal=True)
        children = [supervisor.start(product)]
    else:
        children = [
            supervisor.start(Child(part, _command(part), {"BIHUAN_PROCESS": part, **environment}))
            for part in parts
        ]
    if chosen is None:
        return ""
    # By name, not number: passkeys need a host name.
    address = f"http://localhost:{chosen}"
    net.wait_for_answer(supervisor, children[0], chosen)
    _note_address(place, address)
    (place / "run" / "port").write_text(str(chosen), encoding="utf-8")
    return address


def _start_nats(supervisor: Supervisor, place: Path) -> None:
    """The message server that machines report to, unless `NATS_URL` names another."""
    if nats_server.is_external():
        return
    command, where = nats_server.prepare(place)
    supervisor.start(Child("nats", command))
    kind = "MQTT TLS" if where.tls else "MQTT"
    click.echo(
        say(
            f"设备上报：{kind} {where.mqtt_host}:{where.mqtt_port}",
            f"Machines report to: {kind} {where.mqtt_host}:{where.mqtt_port}",
        )
    )


def _parts() -> tuple[str, ...]:
    return PARTS + (ON_DEMAND if os.environ.get("BIHUAN_JT808_PORT") else ())


def _say_terminals() -> None:
    """Terminals know no encryption: any address but loopback is opened by whoever sets it."""
    port = os.environ.get("BIHUAN_JT808_PORT", "")
    if net.port_of(port) is None:
        raise Halt(
            "jt808_port",
            "请用 BIHUAN_JT808_PORT 指定车载终端的端口。",
            "Say the port for terminals by BIHUAN_JT808_PORT.",
        )
    host = os.environ.get("BIHUAN_JT808_HOST", "127.0.0.1")
    click.echo(say(f"车载终端：JT/T 808 {host}:{port}", f"Terminals: JT/T 808 {host}:{port}"))


def _last_port(place: Path) -> int | None:
    """The port of the web when this data folder last ran whole."""
    path = place / "run" / "port"
    return net.port_of(path.read_text(encoding="utf-8")) if path.exists() else None


def _note_address(place: Path, address: str) -> None:
    path = place / "run" / "up.lock"
    if path.exists():
        path.write_text(address, encoding="utf-8")


def _command(part: str) -> list[str]:
    return [sys.executable, "-m", "bihuan.config.children", part]
