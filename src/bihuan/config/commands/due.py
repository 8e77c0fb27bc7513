"""`bihuan due`: when something falls due, and why. Works without Django and without a database."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bihuan.config.words import LANGUAGES, Halt, language, say
from bihuan.lib.workcal import Calendar, Duration, WorkcalError, china
from bihuan.lib.workcal import due as compute

_ALWAYS = ("24x7", "7x24")


@click.command("due", help=say("计算到期时刻。", "Compute when something falls due."))
@click.option(
    "--from",
    "start",
    required=True,
    metavar="TIME",
    help=say(
        "起算时刻，如 2026-09-30T10:00+08:00。", "When it starts, e.g. 2026-09-30T10:00+08:00."
    ),
)
@click.option(
    "--within",
    required=True,
    metavar="LIMIT",
    help=say("期限：3wd 工作日、4h、8wh、30d、2w、1mo、end of month、3wd before……",
             "The limit: 3wd, 4h, 8wh, 30d, 2w, 1mo, end of month, 3wd before..."),
)  # fmt: skip
@click.option(
    "--calendar",
    "calendar_name",
    default="cn",
    show_default=True,
    help=say("日历：cn、24x7，或一个 JSON 文件。", "The calendar: cn, 24x7, or a JSON file."),
)
@click.option("--explain", is_flag=True, help=say("逐段说明。", "Explain slice by slice."))
@click.option("--json", "as_json", is_flag=True)
@click.option("--lang", type=click.Choice(LANGUAGES))
def due_command(
    start: str,
    within: str,
    calendar_name: str,
    explain: bool,  # noqa: FBT001 - click gives it by name
    as_json: bool,  # noqa: FBT001 - as above
    lang: str | None,
) -> None:
    """Print the due moment on the first line."""
    from bihuan.lib.workcal import report

    lang = lang or language()
    try:
        calendar = _calendar(calendar_name)
        moment = _moment(start, calendar)
        limit = Duration.parse(within)
        if as_json:
            data = report.describe_data(calendar, moment, limit)
            click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))
            return
        answer = compute(calendar, moment, limit)
        click.echo(report.describe_answer(answer, explain=explain, lang=lang))
    except WorkcalError as error:
        raise Halt(error.code, error.words.zh, error.words.en) from error


def _calendar(name: str) -> Calendar:
    if name == "cn":
        return china()
    if name in _ALWAYS:
        return Calendar.always()
    path = Path(name)
    if not path.is_file():
        raise Halt(
            "calendar_unknown",
            f"没有日历 {name}：可以是 cn、24x7，或一个 JSON 文件的路径。",
            f"There is no calendar {name}: it may be cn, 24x7, or the path of a JSON file.",
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Halt(
            "calendar_malformed",
            f"日历文件 {path} 不是有效的 JSON：{error}",
            f"The calendar file {path} is not valid JSON: {error}",
        ) from error
    return Calendar.from_data(data, {"cn": china(), "24x7": Calendar.always()})


def _moment(text: str, calendar: Calendar) -> datetime:
    """Read a moment; without an offset it is meant in the calendar's zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Halt(
            "moment_malformed",
            f"看不懂时刻“{text}”。请写成 2026-09-30T10:00+08:00。",
            f'"{text}" is not a moment. Write it like 2026-09-30T10:00+08:00.',
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(str(calendar.zone)))
