"""What a remote command would meet now: every condition, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Command, CommandSwitch, Device, Latest, Permit
from bihuan.apps.monitoring.models.commands import RUNNING
from bihuan.apps.monitoring.queries.hands import changed_hands
from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.texts import in_language
from bihuan.lib.machines import Setting, Template


@dataclass(frozen=True)
class Check:
    """`code` is for tests and the API."""

    code: str
    title: str | Promise
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class Reading:
    """A value with the machine's own time of it and the state it was in."""

    value: float | None
    at: datetime
    received_at: datetime
    state: str


def switched_on() -> bool:
    """Whether the company changes anything from afar; off until somebody says so."""
    row = CommandSwitch.objects.order_by("-pk").first()
    return row is not None and row.on


def permit_of(asset: int) -> Permit | None:
    """That of the customer who has the machine now."""
    found = Permit.objects.filter(asset=asset, ended_at=None).first()
    return None if found is None or changed_hands(asset, found.at) else found


def readings(device: Device, points: Iterable[str]) -> Mapping[str, Reading]:
    """The last values of points (one query); nothing of a device that has said nothing yet."""
    row = Latest.objects.select_related("layout").filter(device=device).first()
    if row is None:
        return {}
    said = dict(zip(row.layout.points, row.values, strict=False))
    return {point: Reading(said.get(point), row.at, row.received_at, row.state) for point in points}


def reading(device: Device, point: str) -> Reading | None:
    """The last value of a point; None of a device that has said nothing yet."""
    return readings(device, [point]).get(point)


def open_tickets(asset: int, person: User | None = None) -> Mapping[str, str]:
    """Number -> title of the machine's open tickets (of those that the person sees)."""
    asked = registry.service("ticket.open_of")
    found: Mapping[str, str] = asked(asset, person) if asked is not None else {}
    return found


def template_of(device: Device) -> Template:
    return templates()[device.template]


def device_now(command: Command) -> Device:
    """By what its machine reports now: credentials are replaced, what was set there stays."""
    found = Device.objects.filter(asset=command.asset_id, revoked_at=None).first()
    return found or command.device


def setting_of(command: Command, device: Device | None = None) -> Setting | None:
    """None where the template has dropped it since, or is not in force any more."""
    template = templates().get((device or command.device).template)
    return template.setting(command.setting) if template is not None else None


def state_words(template: Template, code: str) -> str:
    return next((in_language(each.title) for each in template.states if each.code == code), code)


def may_go(asset: int, device: Device) -> list[Check]:
    """What must hold for anything at all to go to this machine."""
    on, permit = switched_on(), permit_of(asset)
    return [
        Check("switch", _("公司已开启远程调参"), on, "" if on else _("公司级开关是关着的。")),
        Check("permit", _("客户允许这台设备远程调参"), permit is not None, permit.given_by if permit else _("没有客户的许可，或许可已撤回。")),
        Check("device", _("设备接入凭证有效"), device.revoked_at is None, device.code),
    ]  # fmt: skip


def conditions(
    *, asset: Asset, device: Device, setting: Setting, value: float | None, expected: float | None, ticket: str,
    now: datetime, own: Command | None = None,
) -> list[Check]:  # fmt: skip
    """Every condition of a change, in the order in which people read them. `expected` is the value
    that the machine had when it was proposed; `own` is the command itself, once there is one.
    """
    template, seen = template_of(device), reading(device, setting.point)
    fresh = seen is not None and seen.received_at >= now - timedelta(
        seconds=figures.number("command_fresh_s", now)
    )
    here = seen.value if seen is not None else None
    unit = template.point(setting.point).unit
    others = Command.objects.filter(asset=asset, returns=None)
    others = others if own is None else others.exclude(pk=own.pk)
    busy = others.filter(state__in=RUNNING) | others.filter(
        return_due_at__isnull=False, returned_at=None
    )
    other = busy.first()
    allowed = [state_words(template, code) for code in setting.states]
    found = [
        *may_go(asset.pk, device),
        Check("fresh", _("设备正在上报"), fresh and here is not None, "" if fresh else _("最近没有读数，不知道现在的值。")),
        Check("state", _("设备状态允许"), seen is not None and seen.state in setting.states, _("现在%(now)s，允许：%(allowed)s") % {
            "now": state_words(template, seen.state) if seen is not None and seen.state else "—", "allowed": " / ".join(allowed),
        }),
        Check("alone", _("没有别的调参在进行"), other is None, other.number if other else ""),
        Check("ticket", _("工单未关闭，属于这台设备"), ticket in open_tickets(asset.pk), ticket),
    ]  # fmt: skip
    if value is not None:
        bounds = _("允许 %(low)s 到 %(high)s，步长 %(step)s") % {
            "low": f"{setting.low:g}", "high": f"{setting.high:g} {unit}".strip(), "step": f"{setting.step:g}",
        }  # fmt: skip
        found.append(Check("range", _("新值在允许范围内"), setting.fits(value), bounds))
        changed = here is not None and not setting.same(here, value)
        found.append(Check("differs", _("新值与现在不同"), changed, _figure(here, unit)))
    if own is not None:
        same = not changed_hands(asset.pk, own.proposed_at)
        found.append(
            Check(
                "customer",
                _("申请后设备没有换客户"),
                same,
                "" if same else _("原客户的同意不再算数，请重新申请。"),
            )
        )
    if expected is not None:
        kept = here is not None and setting.same(here, expected)
        found.append(Check("unchanged", _("现在的值与申请时一样"), kept, _figure(here, unit)))
    return found


def _figure(value: float | None, unit: str) -> str:
    return _("现在没有值") if value is None else f"{value:g} {unit}"
