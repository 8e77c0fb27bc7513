"""`bihuan init`: an empty company that somebody can sign in to."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from bihuan.config.words import Halt, say

if TYPE_CHECKING:
    from bihuan.base.access.models import User


@click.command("init", help=say("建立一家空的公司。", "Make an empty company."))
@click.option("--company", help=say("公司名称。", "Name of the company."))
@click.option("--short-name", default="", help=say("简称。", "Short name."))
@click.option(
    "--logo",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=say("标志图片。", "A picture of the logo."),
)
@click.option(
    "--pack",
    "pack_code",
    help=say(
        "制度包：随附的，如 centrifuge；或自己的目录。",
        "The pack: a shipped one, e.g. centrifuge, or the folder of your own.",
    ),
)
@click.option(
    "--admin", help=say("首位管理员的登录名。", "Sign-in name of the first administrator.")
)
@click.option("--admin-name", help=say("首位管理员的姓名。", "Name of the first administrator."))
@click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help=say(
        "从文件读取口令（- 为标准输入）；否则询问。", "Read the password from a file (- is stdin)."
    ),
)
@click.option(
    "--hours",
    default="08:30-12:00,13:30-17:30",
    show_default=True,
    help=say("公司日历的工作时间。", "Working hours of the company's calendar."),
)
def init_command(
    company: str | None,
    short_name: str,
    logo: Path | None,
    pack_code: str | None,
    admin: str | None,
    admin_name: str | None,
    password_file: TextIO | None,
    hours: str,
) -> None:
    """Make what is missing; what is there already stays as it is."""
    from bihuan.config.django_setup import ready

    with ready():
        from bihuan.base import clock
        from bihuan.base.access.models import User

        given = {
            "--admin": admin, "--admin-name": admin_name, "--password-file": password_file,
            "--company": company, "--pack": pack_code,
        }  # fmt: skip
        _all_said({name for name, value in given.items() if value is not None}, clock.now())
        _may_take_force(pack_code)

        now = clock.now()
        first = User.objects.filter(roles__contains=["administrator"]).order_by("id").first()
        if first is None:
            first = _administrator(admin, admin_name, password_file, now)
        else:
            click.echo(say(f"管理员已有：{first.username}", f"Administrator: {first.username}"))
        _company(company, short_name, logo, by=first, now=now)
        _calendar(hours, now)
        _regulation(pack_code, by=first, now=now)
    click.echo(say("完成。用 bihuan up 启动。", "Done. Start it with: bihuan up"))


def _all_said(given: set[str], now: datetime) -> None:
    """Where nobody can be asked, name everything that is missing before anything is made."""
    from bihuan.apps.policy.models import PackVersion
    from bihuan.base.access.models import User
    from bihuan.base.system.models import CompanyRow

    if sys.stdin.isatty():
        return
    needed: list[str] = []
    if not User.objects.filter(roles__contains=["administrator"]).exists():
        needed += ["--admin", "--admin-name", "--password-file"]
    if not CompanyRow.objects.exists():
        needed.append("--company")
    if not PackVersion.objects.in_force(now).exists():
        needed.append("--pack")
    if missing := [name for name in needed if name not in given]:
        raise Halt(
            "init_incomplete",
            f"这里没有终端可以询问。还缺：{'、'.join(missing)}。什么都没有建立。",
            f"There is no terminal to ask on. Missing: {', '.join(missing)}. Nothing was made.",
        )


def _may_take_force(code: str | None) -> None:
    """A pack that is not there or cannot take force is refused before anything is made."""
    from bihuan.config.commands.packs import faults_of, shipped

    if code is None or code in {folder.name for folder in shipped()}:
        return
    if not (Path(code) / "pack.yaml").is_file():
        codes = [folder.name for folder in shipped()]
        raise Halt(
            "pack_missing",
            f"没有制度包 {code}。随附的有：{'、'.join(codes)}；自己的请给目录，里面要有 pack.yaml。什么都没有建立。",
            f"There is no pack {code}. Shipped are: {', '.join(codes)}; of your own give the folder, "
            "with pack.yaml in it. Nothing was made.",
        )
    if faults := faults_of(Path(code)):
        for fault in faults:
            click.echo(fault, err=True)
        raise Halt(
            "pack_not_ready",
            f"制度包 {code} 还不能生效（{len(faults)} 处，见上）。什么都没有建立。",
            f"The pack {code} may not take force yet ({len(faults)} faults, see above). "
            "Nothing was made.",
        )


def _administrator(
    username: str | None,
    name: str | None,
    password_file: TextIO | None,
    now: datetime,
) -> User:
    from django.db import transaction

    from bihuan.base.access import actions
    from bihuan.base.errors import BadInput

    username = username or click.prompt(say("管理员登录名", "Sign-in name of the administrator"))
    name = name or click.prompt(say("管理员姓名", "Name of the administrator"))
    while True:
        password = _password(password_file)
        try:
            with transaction.atomic():  # an account whose password is refused is not made
                user = actions.add_user(
                    username=username, name=name, by=None, now=now, roles=["administrator"]
                )
                return actions.set_password(user, password, by=None, now=now)
        except BadInput as refused:
            if password_file is not None or set(refused.fields) != {"password"}:
                raise
            click.echo(refused.fields["password"], err=True)  # whoever types it is asked again


def _password(file: TextIO | None) -> str:
    if file is not None:
        return file.read().strip()
    typed: str = click.prompt(
        say("口令（至少 12 位）", "Password (12 characters or more)"),
        hide_input=True,
        confirmation_prompt=say("再输入一次", "Repeat it"),
    )
    return typed


def _company(
    name: str | None, short_name: str, logo: Path | None, *, by: User, now: datetime
) -> None:
    from bihuan.base.system import company as system
    from bihuan.base.system.models import CompanyRow

    if name is None and not CompanyRow.objects.exists():
        name = click.prompt(say("公司名称", "Name of the company"))
    if name:
        system.set_company(by=by, now=now, name=name, short_name=short_name)
    if logo is not None:
        system.set_logo(logo.read_bytes(), by=by, now=now)
    click.echo(say(f"公司：{system.company().name}", f"Company: {system.company().name}"))


def _calendar(hours: str, now: datetime) -> None:
    from bihuan.apps.people.actions import first_calendar

    row = first_calendar(now=now, hours=hours)
    click.echo(say(f"日历：{row.code}", f"Calendar: {row.code}"))


def _regulation(code: str | None, *, by: User, now: datetime) -> None:
    """Put the chosen pack into force from now, if none is."""
    from bihuan.apps.policy import actions
    from bihuan.apps.policy.models import PackVersion
    from bihuan.config.commands.packs import shipped, whole

    known = PackVersion.objects.in_force(now).first()
    if known is not None:
        click.echo(
            say(f"制度：{known.code} {known.version}", f"Pack: {known.code} {known.version}")
        )
        return
    codes = [folder.name for folder in shipped()]
    if code is None:
        code = click.prompt(say("制度包", "Pack"), type=click.Choice(codes), default=codes[0])
    row = PackVersion.objects.filter(code=code, status="DRAFT").first()
    if row is None:
        files = actions.shipped(code) if code in codes else whole(Path(code))
        row = actions.bring_in(files=files, from_at=now, by=by, now=now)
    else:
        actions.publish(version=row, from_at=now, by=by, now=now)
    click.echo(
        say(
            f"制度：{row.code} {row.version}，现在生效",
            f"Pack: {row.code} {row.version}, now in force",
        )
    )
