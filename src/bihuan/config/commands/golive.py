"""`bihuan rehearse`: the first weeks after going live, before they come."""

from __future__ import annotations

import json

import click

from bihuan.config.words import say


@click.command(
    "rehearse",
    help=say(
        "排演上线后的头几周：每周多少义务、谁超出产能。不改任何数据。",
        "Rehearse the first weeks: duties of each week, and who is above capacity. Changes nothing.",
    ),
)
@click.option("--weeks", default=12, show_default=True, type=click.IntRange(1, 53))
@click.option("--json", "as_json", is_flag=True, help=say("输出 JSON。", "Print JSON."))
def rehearse_command(weeks: int, *, as_json: bool) -> None:
    """Print a line for each week, with whoever is above capacity."""
    from bihuan.config.django_setup import ready

    with ready():
        from bihuan.apps.obligations.rehearsal import rehearse
        from bihuan.base import clock

        found = rehearse(clock.now(), weeks=weeks)
        if as_json:
            click.echo(json.dumps(found.to_data(), ensure_ascii=False, indent=2, default=str))
            return
        click.echo(
            say(
                f"从 {found.start:%Y-%m-%d} 起；那时已经超时 {found.late} 件。",
                f"From {found.start:%Y-%m-%d}; late by then: {found.late}.",
            )
        )
        for week in found.weeks:
            line = say(
                f"{week.monday}  工作日 {week.working_days}  到期 {week.count}  超出产能 {week.excess}",
                f"{week.monday}  {week.working_days} working days  {week.count} due  "
                f"{week.excess} above capacity",
            )
            over = "、".join(
                f"{load.name or load.role} {load.count}/{load.capacity}"
                for load in week.loads
                if load.excess
            )
            click.echo(f"{line}  {over}".rstrip())
        held = sum(line.count for line in found.open)
        click.echo(
            say(
                f"第一个周一（{found.monday}）手上的事：{held} 件。",
                f"In hand on the first Monday ({found.monday}): {held}.",
            )
        )
