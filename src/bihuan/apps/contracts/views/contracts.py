"""The list of contracts, the page of one, and its forms while it is a draft."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.assets.views.common import now_and_person
from bihuan.apps.contracts import actions, profile, words
from bihuan.apps.contracts.actions.common import pack_or_none
from bihuan.apps.contracts.enums import State, Status
from bihuan.apps.contracts.forms.contracts import ContractForm
from bihuan.apps.contracts.models import Contract
from bihuan.apps.contracts.queries import lists
from bihuan.apps.contracts.queries.page import page_of
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.queries.lists import regions_in_use
from bihuan.apps.customers.views.common import answer, person_of, submit
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import door, may
from bihuan.base.facts.models import Fact
from bihuan.base.facts.timeline import lines
from bihuan.base.storable import whole
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.paging import paged

TIMELINE = 30


def contract_at(request: HttpRequest, pk: int, verb: str = "contracts.see") -> Contract:
    """The contract, if this person may do `verb` on it."""
    _now, person = now_and_person(request)
    return door(
        Contract.objects.select_related("customer__account_manager", "renews"), person, pk, verb
    )


def mark(rows: list[Contract], request: HttpRequest) -> list[Contract]:
    """Each row with its state in words."""
    now, _person = now_and_person(request)
    today, lead = timezone.localtime(now).date(), profile.number("expiring_days", pack_or_none(now))
    for row in rows:
        state = row.state(today, lead)
        row.state_title, row.state_colour = (
            words.title(words.STATE, state),
            words.STATE_COLOUR[state],
        )
        row.days_left = (
            (row.end_on - today).days
            if row.end_on and state in (State.ACTIVE, State.EXPIRING)
            else None
        )
    return rows


@needs("contracts.see")
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    now, person = now_and_person(request)
    get = request.GET
    asked = lists.Asked(
        view=get.get("view", ""), text=get.get("q", ""), kind=get.get("kind", ""), region=get.get("region", ""),
        hours=get.get("hours", ""), order=get.get("order", "end"), down=get.get("down") == "1",
    )  # fmt: skip
    conditions = lists.views(
        person, timezone.localtime(now).date(), profile.number("expiring_days", pack_or_none(now))
    )
    page = paged(request, lists.rows(person, asked, conditions))
    context = {
        "page": page, "contracts": mark(list(page.object_list), request), "query": asked.text,
        "views": _views(lists.counts(person, conditions), asked), "filters": _filters(request),
        "columns": _columns(request, asked), "keep": {key: value for key, value in get.items() if key not in ("q", "page")},
        "may_add": may(person, "contracts.edit"), "may_import": may(person, "ledgers.import"),
    }  # fmt: skip
    return render(request, "contracts/list.html", context)


def _views(counts: dict[str, int], asked: lists.Asked) -> list[dict[str, Any]]:
    titles = {
        "": _("生效中"),
        "mine": _("我的客户"),
        "expiring": _("快到期"),
        "open": _("在签"),
        "ended": _("已结束"),
        "all": _("全部"),
    }
    home = reverse("contracts:list")
    return [
        {
            "title": title, "url": f"{home}?view={name}" if name else home, "count": counts.get(name), "hot": name == "expiring",
            "current": asked.view == name,
        }
        for name, title in titles.items()
    ]  # fmt: skip


def _filters(request: HttpRequest) -> list[dict[str, Any]]:
    options: dict[str, tuple[str, list[tuple[str, str]]]] = {
        "kind": (_("种类"), [(str(code), str(title)) for code, title in words.KIND.items()]),
        "hours": (_("服务时间"), [(str(code), str(title)) for code, title in words.HOURS.items()]),
        "region": (_("区域"), regions_in_use(person_of(request), "contracts.see")),
    }
    found: list[dict[str, Any]] = []
    for name, (label, choices) in options.items():
        value = request.GET.get(name, "")
        if value:
            found.append(
                {
                    "label": label,
                    "value": dict(choices).get(value, value),
                    "clear_url": _url(request, **{name: ""}),
                }
            )
        elif choices:
            listed = [
                {"title": each, "url": _url(request, **{name: code}), "current": False}
                for code, each in choices
            ]
            found.append({"label": label, "value": _("全部"), "options": listed})
    return found


def _columns(request: HttpRequest, asked: lists.Asked) -> dict[str, dict[str, Any]]:
    found = {}
    for name in lists.ORDERS:
        here = asked.order == name
        down = "1" if here and not asked.down else ""
        found[name] = {
            "url": _url(request, order=name, down=down),
            "up": here and not asked.down,
            "down": here and asked.down,
        }
    return found


def _url(request: HttpRequest, **changes: str) -> str:
    kept: dict[str, Any] = {key: value for key, value in request.GET.items() if key != "page"}
    kept |= changes
    return "?" + urlencode({key: value for key, value in kept.items() if value})


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
@idempotent
def new(request: HttpRequest) -> HttpResponse:
    """A new draft; `?customer=` fills it, `?renews=` begins where another ends."""
    now, person = now_and_person(request)
    initial: dict[str, Any] = {}
    renews: Contract | None = None
    if (number := whole(request.GET.get("renews"))) is not None:
        renews = contract_at(request, number, "contracts.edit")
        initial = _again(renews)
    elif (number := whole(request.GET.get("customer"))) is not None:
        row = Customer.objects.filter(pk=number).first()
        initial = {"customer": row} if row is not None and may(person, "customers.see", row) else {}
    form = ContractForm(request.POST or None, person=person, initial=initial)
    made: list[Contract] = []
    if request.method == "POST" and submit(
        form,
        lambda values: made.append(
            actions.add_contract(by=person, now=now, renews=renews, **values)
        ),
    ):
        messages.success(request, _("草稿已建：%(no)s") % {"no": made[0].no})
        return redirect("contracts:detail", made[0].pk)
    return answer(request, "contracts/edit.html", {"form": form, "renews": renews}, form)


def _again(old: Contract) -> dict[str, Any]:
    """A renewal begins the day after, and covers the same."""
    rows = old.machines.filter(to_on=None).select_related("asset__model")
    names = (
        "customer",
        "kind",
        "title",
        "amount",
        "covers",
        "hours",
        "covers_all",
        "exclusions",
        "duties",
    )
    start = old.end_on + timedelta(days=1) if old.end_on else None
    return {name: getattr(old, name) for name in names} | {
        "start_on": start, "machines": [row.asset for row in rows], "terms": list(old.terms.filter(to_on=None).order_by("pk")),
    }  # fmt: skip


@needs("contracts.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    contract = contract_at(request, pk, "contracts.edit")
    form = ContractForm(request.POST or None, person=person, contract=contract)
    if (shown := whole(request.POST.get("version"))) is not None:
        contract.version = shown
    if request.method == "POST" and submit(
        form, lambda values: actions.change_draft(contract=contract, by=person, now=now, **values)
    ):
        messages.success(request, _("已保存。"))
        return redirect("contracts:detail", pk)
    return answer(request, "contracts/edit.html", {"form": form, "contract": contract}, form)


@needs("contracts.see")
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_person(request)
    contract = mark([contract_at(request, pk)], request)[0]
    facts = list(
        Fact.objects.filter(contract_id=pk)
        .exclude(kind="period.began")
        .order_by("-at", "-id")[:TIMELINE]
    )
    may_edit = may(person, "contracts.edit", contract)
    context = page_of(contract, timezone.localtime(now).date()) | {
        "contract": contract, "lines": lines(facts, now=now), "may_edit": may_edit, "steps": _steps(contract), "may_machines": may(person, "assets.see"),
        "is_signed": contract.status == Status.SIGNED, "renewed": contract.renewals.first(),
    }  # fmt: skip
    return render(request, "contracts/detail.html", context)


def _steps(contract: Contract) -> list[dict[str, Any]]:
    order = [Status.DRAFT, Status.IN_REVIEW, Status.APPROVED, Status.SIGNED, Status.ENDED]
    titles = [_("草稿"), _("会签"), _("待签署"), _("签署"), _("结束")]
    place = order.index(Status(contract.status))
    notes = {Status.SIGNED: contract.signed_on, Status.ENDED: contract.ended_on}
    return [
        {
            "title": title, "state": "done" if n < place or (n == place and each in (Status.SIGNED, Status.ENDED)) else "current" if n == place else "future",
            "note": f"{notes[each]:%Y-%m-%d}" if notes.get(each) else "",
        }
        for n, (each, title) in enumerate(zip(order, titles, strict=True))
    ]  # fmt: skip
