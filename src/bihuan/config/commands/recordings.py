"""`bihuan replay-recordings`: a rig's recordings as if the rig were running now."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from bihuan.config.commands.devices import received
from bihuan.config.words import Halt, say

LOOK = 25.0
"""Seconds until the samples that came last are judged: a tick of the ingest part, and some."""


@click.command(
    "replay-recordings",
    help=say(
        "把试验台的 CSV 记录当作一台设备正在上报，逐份重放。",
        "Replay a rig's CSV recordings as a machine that reports now.",
    ),
)
@click.argument("place", type=click.Path(exists=True, path_type=Path))
@click.option("--machine", required=True, help=say("设备编号。", "The machine's serial."))
@click.option(
    "--speed", type=click.FloatRange(1, 1000), default=20.0, show_default=True,
    help=say("几倍速。", "So many times as fast as it was recorded."),
)  # fmt: skip
def replay_recordings_command(*, place: Path, machine: str, speed: float) -> None:
    """Needs `bihuan up` on the same data folder. With each recording the machine is learnt anew."""
    from bihuan.config.devices import recordings as rig

    found = rig.recordings(place)
    kept = received() / "replayed.json"
    from bihuan.apps.assets.models import Asset
    from bihuan.apps.monitoring.actions.watching import learn_anew
    from bihuan.apps.monitoring.catalogue import template_for
    from bihuan.apps.monitoring.models import Latest
    from bihuan.apps.monitoring.pipe.place import place as where
    from bihuan.base import clock
    from bihuan.config.devices.park import address

    asset = Asset.objects.select_related("model").filter(serial=machine).first()
    template = template_for(asset) if asset else None
    if asset is None or template is None:
        raise Halt(
            "no_machine",
            f"没有编号为 {machine} 的设备，或它的系列没有监控模板。",
            f"There is no machine {machine}, or its family has no template.",
        )
    for each in found:
        if not rig.places(each, template):
            raise Halt(
                "no_points",
                f"{machine} 的模板“{template.title['zh']}”没有和 {each.name} 单位相同的测点。系列 RIG（泵试验台）的设备都有。",
                f"The template {template.title['en']} of {machine} has no point of {each.name} in its unit. Machines of family RIG have them all.",
            )
    code, key = rig.credentials(asset, kept, clock.now())
    for each in found:
        last = Latest.objects.filter(device__code=code).values_list("at", flat=True).first()
        start = rig.begins(each, speed, time.time(), last.timestamp() if last else None)
        taken = rig.places(each, template)
        learn_anew(asset=asset.pk, at=datetime.fromtimestamp(start, UTC))
        fault = "" if each.fault is None else say(f"，标注的故障从第 {each.fault:.0f} 秒开始", f", labelled fault from second {each.fault:.0f}")  # fmt: skip
        click.echo(
            say(f"{each.name}：{len(each.rows)} 行，{len(taken)} 个测点", f"{each.name}: {len(each.rows)} rows, {len(taken)} points")
            + fault
        )  # fmt: skip
        asyncio.run(rig.replay(each, taken, address(where()), code, key, speed=speed, start=start))
        time.sleep(LOOK)
        click.echo(_raised(asset.pk, start))


def _raised(asset: int, start: float) -> str:
    """What the product made of it."""
    from bihuan.apps.monitoring.models import Alarm

    since = datetime.fromtimestamp(start, UTC)
    rows = Alarm.objects.filter(asset=asset).order_by("pk")
    found = [
        (row, again if again is not None and again >= since else row.raised_at)
        for row in rows
        for again in [row.again_at]
    ]
    said = [
        say(f"  报警 {row.number} {row.title['zh']}（{row.point}），第 {at.timestamp() - start:.0f} 秒",
            f"  alarm {row.number} {row.title['en']} ({row.point}), second {at.timestamp() - start:.0f}")
        for row, at in found if at >= since
    ]  # fmt: skip
    return "\n".join(said) or say("  没有报警", "  no alarm")
