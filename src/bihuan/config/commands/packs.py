"""`bihuan pack`: look at a regulation as the program reads it. Needs no database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from bihuan.config.commands.pack_new import new_command
from bihuan.config.commands.pack_verify import verify_command
from bihuan.config.commands.pack_words import words_command
from bihuan.config.words import Halt, language, say
from bihuan.lib.policy import Pack, PackErrors, Vocabulary, from_folder, read, with_general
from bihuan.lib.workcal import Calendar, china

PACKS = Path(__file__).resolve().parent.parent.parent / "packs"
SOURCE = "source.txt"
"""In a pack's folder: the ids of the rows of its source, one a line."""
_FOLDER = click.argument("folders", nargs=-1, type=click.Path(path_type=Path))


class PlainCalendars:
    """The calendars that need no company: its own layers fall back to the Chinese one."""

    def __init__(self) -> None:
        self._cn, self._always = china(), Calendar.always()

    def for_(self, name: str, _sections: Mapping[str, Mapping[str, Any]]) -> Calendar:
        return self._always if name in {"24x7", "7x24"} else self._cn


@click.group("pack", help=say("检查制度包。", "Check packs."))
def pack_command() -> None:
    """Hold the family of commands together."""


@pack_command.command("check", help=say("逐条检查制度包。", "Read a pack and name every fault."))
@_FOLDER
@click.option(
    "--open", "with_open", is_flag=True,
    help=say("列出由公司填定的值。", "List the values that the company fills in."),
)  # fmt: skip
def check_command(folders: tuple[Path, ...], *, with_open: bool) -> None:
    """Read packs and check them; exit code 1 when one has a fault."""
    from bihuan.base.parameters import unreadable
    from bihuan.lib.policy import check, run_cases

    calendars = PlainCalendars()

    def look(folder: Path, pack: Pack) -> bool:
        problems: list[Any] = [*check(pack), *unreadable(pack)]
        if not problems:  # what is left open fails its cases as well, and was named already
            problems = [each for each in run_cases(pack, calendars) if not each.ok]
        for problem in problems:
            click.echo(f"{folder.name}/{problem.sentence(language())}")
        clauses, rules, cases = len(pack.clauses), len(pack.rules), len(pack.cases)
        verdict = say("可以生效", "ready") if not problems else say("不能生效", "not ready")
        click.echo(
            say(
                f"{folder.name} {pack.version}：{clauses} 条款，{rules} 规则，{cases} 用例。{verdict}",
                f"{folder.name} {pack.version}: "
                f"{clauses} clauses, {rules} rules, {cases} cases; {verdict}",
            )
        )
        for line in replaced(pack):
            click.echo(f"  {line}")
        if with_open:
            for line in open_values(pack):
                click.echo(f"  {line}")
        return not problems

    _each(folders, look)


pack_command.add_command(new_command)
pack_command.add_command(verify_command)
pack_command.add_command(words_command)


@pack_command.command(
    "lint",
    help=say(
        "找出缺口、不会出现的规则、没有用处的词句，并说明怎么改。",
        "Find gaps, rules that never arise and words without effect, and say what to do.",
    ),
)
@_FOLDER
def lint_command(folders: tuple[Path, ...]) -> None:
    """Name what keeps a pack from taking force, then what is odd; exit code 1 for the former."""
    from bihuan.lib.policy import check, lint

    def look(folder: Path, pack: Pack) -> bool:
        problems, odd = check(pack), lint(pack)
        for problem in problems:
            click.echo(say("要补", "must") + f"  {folder.name}/{problem.sentence(language())}")
        for problem in odd:
            click.echo(say("请看", "look") + f"  {folder.name}/{problem.sentence(language())}")
        click.echo(
            say(
                f"{folder.name}：{len(problems)} 处要补，{len(odd)} 处请看",
                f"{folder.name}: {len(problems)} to settle, {len(odd)} to look at",
            )
        )
        return not problems

    _each(folders, look)


@pack_command.command("cases", help=say("运行制度包自带的用例。", "Run the cases of a pack."))
@_FOLDER
def cases_command(folders: tuple[Path, ...]) -> None:
    """Run the cases; exit code 1 when one does not hold."""
    from bihuan.lib.policy import run_cases

    calendars = PlainCalendars()

    def look(folder: Path, pack: Pack) -> bool:
        results = run_cases(pack, calendars)
        wrong = [each for each in results if not each.ok]
        for each in wrong:
            click.echo(f"{folder.name}/{each.sentence(language())}")
        good = len(results) - len(wrong)
        click.echo(
            say(
                f"{folder.name}：{good} 个用例通过，{len(wrong)} 个不通过",
                f"{folder.name}: {good} cases hold, {len(wrong)} do not",
            )
        )
        return not wrong

    _each(folders, look)


@pack_command.command(
    "coverage",
    help=say("每一条制度由什么承担，逐类计数。", "Count by what each clause is carried."),
)
@_FOLDER
@click.option("--json", "as_json", is_flag=True)
@click.option(
    "--each", is_flag=True, help=say("逐条列出由什么承担。", "Name the carrier of each clause.")
)
def coverage_command(folders: tuple[Path, ...], *, as_json: bool, each: bool) -> None:
    """Count the clauses; exit code 1 when a row of the source is missing."""
    from bihuan.lib.policy import carriers, coverage

    told: dict[str, object] = {}

    def look(folder: Path, pack: Pack) -> bool:
        found = coverage(pack, _source(folder))
        told[folder.name] = found.to_data()
        if not as_json:
            counted = ", ".join(f"{name} {count}" for name, count in found.counts.items())
            click.echo(f"{folder.name}: {sum(found.counts.values())} ({counted})")
            for line in carriers(pack, language()) if each else ():
                click.echo(f"  {line}")
            for title, ids in (
                (say("缺少的条款", "missing clauses"), found.missing),
                (say("没有规则的条款", "clauses without a rule"), found.idle),
            ):
                if ids:
                    click.echo(f"  {title}: {', '.join(ids)}")
        return found.complete

    try:
        _each(folders, look)
    finally:
        if as_json:
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))


@pack_command.command(
    "diff",
    help=say(
        "两个版本有什么不同，以及因此不再成立的用例。",
        "What two versions say otherwise, and the cases that no longer hold.",
    ),
)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True)
def diff_command(old: Path, new: Path, *, as_json: bool) -> None:
    """Tell every change in words; exit code 1 when a pack cannot be read."""
    from dataclasses import asdict

    from bihuan.lib.policy import difference, no_longer
    from bihuan.lib.policy.difference import KIND_WORDS, PART_WORDS

    before, after = _pack(old), _pack(new)
    if before is None or after is None:
        sys.exit(1)
    changes = difference(before, after, language())
    broken = [each.sentence(language()) for each in no_longer(before, after, PlainCalendars())]
    if as_json:
        told = {"changes": [asdict(each) for each in changes], "cases_no_longer_true": broken}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for each in changes:
        part, kind = PART_WORDS[each.part].of(language()), KIND_WORDS[each.kind].of(language())
        click.echo(f"{part} {each.id} {each.title} [{each.clause}] {kind}")
        for line in each.lines if each.kind == "changed" else ():
            click.echo(f"  {line.label}: {line.before or '-'} → {line.after or '-'}")
    click.echo(say(f"{len(changes)} 处不同", f"{len(changes)} changes"))
    if broken:
        click.echo(say("不再成立的用例：", "Cases that no longer hold:"))
        for sentence in broken:
            click.echo(f"  {sentence}")


def open_values(pack: Pack) -> list[str]:
    """The values that the company fills in, one a line: name, title, value, clause."""
    return [
        f"{each.name} ({each.title.of(language())}): {'-' if each.value is None else each.value}"
        + (f" [{each.clause}]" if each.clause else "")
        for each in pack.parameters.values()
        if each.open
    ]


def _each(folders: tuple[Path, ...], look: Callable[[Path, Pack], bool]) -> None:
    """Look at each pack (all that ship, if none is named); exit 1 if one is not right."""
    fine = True
    for folder in folders or shipped():
        pack = _pack(folder)
        fine = pack is not None and look(folder, pack) and fine
    if not fine:
        sys.exit(1)


def shipped() -> tuple[Path, ...]:
    """Return the folders of the packs that come with the product."""
    return tuple(sorted(path.parent for path in PACKS.glob("*/pack.yaml")))


def vocabulary() -> Vocabulary:
    """Return the words of the house."""
    folder = PACKS / "vocabulary"
    return Vocabulary.read(
        {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
    )


def _pack(folder: Path) -> Pack | None:
    if not (folder / "pack.yaml").is_file() and (PACKS / folder / "pack.yaml").is_file():
        folder = PACKS / folder  # a shipped pack by its name
    if not (folder / "pack.yaml").is_file():
        raise Halt(
            "pack_missing",
            f"{folder} 不是制度包目录：里面没有 pack.yaml。",
            f"{folder} is not the folder of a pack: it has no pack.yaml.",
        )
    try:
        return read(whole(folder), vocabulary())
    except PackErrors as errors:
        for problem in errors.problems:
            click.echo(f"{folder.name}/{problem.sentence(language())}")
        return None


def faults_of(folder: Path) -> list[str]:
    """What keeps a pack from being read or from taking force, one sentence each."""
    from bihuan.base.parameters import unreadable
    from bihuan.lib.policy import check

    try:
        pack = read(whole(folder), vocabulary())
        problems = [*check(pack), *unreadable(pack)]
    except PackErrors as errors:
        problems = errors.problems
    return [f"{folder.name}/{problem.sentence(language())}" for problem in problems]


def whole(folder: Path) -> dict[str, str]:
    """The files of a pack, with the general pack that it lies over: beside it, or a shipped one."""

    def find(code: str) -> dict[str, str] | None:
        places = (folder.parent / code, PACKS / code)
        return next((from_folder(each) for each in places if (each / "pack.yaml").is_file()), None)

    return with_general(from_folder(folder), find)


def replaced(pack: Pack) -> list[str]:
    """What the company's pack took the place of, one a line."""
    words = {
        "clause": say("条款", "clause"), "rule": say("规则", "rule"), "parameter": say("参数", "parameter"),
        "choice": say("取舍", "choice"), "section": say("整节", "section"), "case": say("用例", "case"),
    }  # fmt: skip
    return [
        say(f"替代 {pack.over} 的{words[each.kind]} {each.id}：{each.by}",
            f"instead of {words[each.kind]} {each.id} of {pack.over}: {each.by}")
        for each in pack.replaced
    ]  # fmt: skip


def _source(folder: Path) -> list[str] | None:
    path = folder / SOURCE if (folder / SOURCE).exists() else PACKS / folder / SOURCE
    if not path.exists():
        return None
    return [line for line in path.read_text(encoding="utf-8").split() if line]
