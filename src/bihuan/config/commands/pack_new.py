"""`bihuan pack new`: a company's own pack from a shipped one, as a folder."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

import click

from bihuan.config.words import Halt, language, say


@click.command(
    "new",
    help=say(
        "以随附的制度包为底，建立本公司的制度包。", "Make a company's own pack from a shipped one."
    ),
)
@click.argument("code")
@click.option(
    "--from", "source", required=True, help=say("底本，如 instruments。", "The shipped pack.")
)
@click.option("--company", required=True, help=say("公司名称。", "Name of the company."))
@click.option("--title", default="", help=say("制度名称。", "Title of the regulation."))
@click.option(
    "--duties", default="", help=say("只要这些义务，逗号分开。", "Only these duties, by commas.")
)
@click.option(
    "--roles", default="", help=say("公司有的岗位，逗号分开。", "The roles there are, by commas.")
)
@click.option(
    "--tiers", default="", help=say("只要这些级别，逗号分开。", "Only these tiers, by commas.")
)
@click.option(
    "--starts",
    type=click.DateTime(["%Y-%m-%d"]),
    help=say("最早生效日。", "In force from at the earliest."),
)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help=say("写到哪个目录。", "Target folder."),
)
def new_command(
    code: str, source: str, company: str, title: str, duties: str, roles: str, tiers: str,
    starts: datetime | None, into: Path | None,
) -> None:  # fmt: skip
    """Write the folder; nothing is written when something named is unknown."""
    from bihuan.base import clock
    from bihuan.config.commands.packs import PACKS, open_values, vocabulary
    from bihuan.lib.policy import check, from_folder, read
    from bihuan.lib.policy.writing import Head, Template, duties_of, from_template, roles_of

    folder = PACKS / source
    if not (folder / "pack.yaml").is_file():
        known = sorted(path.parent.name for path in PACKS.glob("*/pack.yaml"))
        raise _unknown("--from", source, known)
    if not code.replace("-", "").isalnum() or not code.isascii():
        raise Halt(
            "pack_code",
            f"代码 {code} 只能用字母、数字和短横线。",
            f"The code {code} may hold letters, digits and dashes only.",
        )
    target = into or Path(code)
    if target.exists() and any(target.iterdir()):
        raise Halt(
            "pack_exists",
            f"{target} 里已有文件，没有写。",
            f"{target} is not empty; nothing was written.",
        )
    base = read(from_folder(folder), vocabulary())
    day = starts.date() if starts else _next_month(clock.now().date())
    template = Template(
        Head(code, title or f"{company}客户服务管理制度", f"{day.year}.1", day), company,
        _among("--duties", duties, duties_of(base)) or list(duties_of(base)),
        _among("--roles", roles, base.vocabulary.roles) or roles_of(base),
        _among("--tiers", tiers, base.tiers.order if base.tiers else ()),
    )  # fmt: skip
    files = from_template(base, template)
    for path, text in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, encoding="utf-8")
    pack = read(files, vocabulary())
    open_ = open_values(pack)
    click.echo(
        say(
            f"{target}：{len(pack.clauses)} 条款，{len(pack.rules)} 规则，{len(pack.cases)} 用例。"
            f"下面 {len(open_)} 个值由公司填定，请逐个看过：",
            f"{target}: {len(pack.clauses)} clauses, {len(pack.rules)} rules, {len(pack.cases)} cases. "
            f"These {len(open_)} values are the company's to fill in:",
        )
    )
    for line in open_:
        click.echo(f"  {line}")
    for problem in check(pack):
        click.echo(f"{target}/{problem.sentence(language())}")


def _among(option: str, said: str, known: Collection[str]) -> list[str]:
    found = [word.strip() for word in said.split(",") if word.strip()]
    for word in found:
        if word not in known:
            raise _unknown(option, word, known)
    return found


def _unknown(option: str, word: str, known: Collection[str]) -> Halt:
    return Halt(
        "pack_unknown",
        f"{option} 不认识 {word}。可用的有：{'、'.join(known)}。",
        f"{option} does not know {word}. There are: {', '.join(known)}.",
    )


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
