"""`bihuan simulate-devices`: machines of this installation report as if they were there."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bihuan.config.home import home
from bihuan.config.words import Halt, say

if TYPE_CHECKING:
    from bihuan.config.devices.park import Park

_SPANS = {"h": 3600, "d": 86400}


@click.command(
    "simulate-devices",
    help=say(
        "让一些设备像真的一样上报（演示与试验）。",
        "Let some machines report as if they were real (demo, trial).",
    ),
)
@click.option("--machines", type=click.IntRange(1, 2000), default=12, show_default=True)
@click.option(
    "--history",
    default="14d",
    show_default=True,
    help=say("先补多久的历史，如 2d、6h、0h。", "So much history first: 2d, 6h, 0h."),
)
@click.option("--healthy", is_flag=True, help=say("没有故障。", "Nothing goes wrong."))
@click.option("--seconds", type=float, help=say("多少秒后停。", "Stop after so many seconds."))
def simulate_devices_command(
    *, machines: int, history: str, healthy: bool, seconds: float | None
) -> None:
    """Needs `bihuan up` (or a demo) on the same data folder."""
    from bihuan.config.devices.park import Park, address, registered

    found = re.fullmatch(r"(\d+)([hd])", history)
    if found is None:
        raise Halt("history", f"“{history}”应写成 2d 或 6h。", f'"{history}": write 2d or 6h.')
    place = received()
    from bihuan.apps.monitoring.pipe.place import place as where
    from bihuan.base import clock

    reporting = registered(machines, place, clock.now())
    if not reporting:
        raise Halt("no_machines", "没有可以接入的设备。", "There is no machine that could report.")
    click.echo(
        say(f"{len(reporting)} 台设备开始上报：", f"{len(reporting)} machines report: ")
        + "、".join(each.serial for each in reporting[:12])
    )
    again = (place / "simulated.past").exists()
    span = 0 if again else int(found[1]) * _SPANS[found[2]]
    park = Park(
        reporting,
        address(where()),
        now=time.time(),
        history=span,
        awake=True,
        stories=not healthy,
        kept=place / "simulated.commands.json",
    )
    asyncio.run(_until_stopped(park, place, seconds))


async def _until_stopped(park: Park, place: Path, seconds: float | None) -> None:
    task = asyncio.ensure_future(park.run(seconds=seconds))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    (place / "simulated.past").touch()
    try:
        await task
    except asyncio.CancelledError:
        click.echo(say("已停止。", "Stopped."))


def received() -> Path:
    """The data folder of an installation that receives messages, with Django set up. Raises Halt."""
    import django

    place = home()
    if not (place / "nats" / "place.json").exists() and not os.environ.get("NATS_URL"):
        raise Halt(
            "not_up",
            "接收设备消息的服务没有运行，请先 bihuan up。",
            "Nothing receives messages: run bihuan up first.",
        )

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.config.settings")
    django.setup()
    return place
