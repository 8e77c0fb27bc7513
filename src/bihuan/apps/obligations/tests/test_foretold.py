"""What is shown before a change is what is then done, and showing it changes nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from bihuan.apps.assets.actions import retire
from bihuan.apps.assets.actions.moving import move
from bihuan.apps.assets.actions.places import add_place
from bihuan.apps.assets.enums import MoveReason
from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.contracts.actions import amend, end
from bihuan.apps.contracts.tests.factories import signed
from bihuan.apps.customers.actions.handing import hand_over
from bihuan.apps.customers.actions.merging import merge, propose_merge
from bihuan.apps.customers.actions.tiers import put_in_effect
from bihuan.apps.customers.enums import HandOverReason, TierReason
from bihuan.apps.customers.models import TierChange
from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.midlife import preview
from bihuan.apps.obligations.midlife.preview import Foretold, What
from bihuan.apps.obligations.models import Act, DueChange, Obligation
from bihuan.apps.obligations.periods import begin
from bihuan.apps.obligations.replay import picture
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.views.midlife import _leave
from bihuan.apps.people.actions import change_calendar, take_leave, tell_leaves
from bihuan.apps.people.models import Leave, WorkCalendar
from bihuan.apps.policy.queries import pack_of
from bihuan.apps.policy.ticks import tell_in_force
from bihuan.base.audit.models import Entry
from bihuan.base.facts.models import Fact
from bihuan.base.notify.models import Notice
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db
NOW = make.moment("2026-02-10 10:00")


AMENDED = {
    "    when: contract.signed\n    if: fact.has_end_on\n": "    when: [contract.signed, contract.amended]\n    if: fact.has_end_on\n"
}
"""An amendment with another end asks for the talk on renewal anew."""


class Scene:
    """A company in the middle of February: two gold customers, a silver one, machines and duties."""

    def __init__(self) -> None:
        self.home = home = make.house("2026-01-01 00:00", **AMENDED)
        self.gold = make.customer(home)
        self.other = make.customer(home, "金陵泵业", account_manager=home.wang)
        self.silver = make.customer(home, "银河仪表", tier="SILVER", tier_rank=2)
        self.machine = machine(self.gold, now=make.moment("2026-02-01 09:00"))
        begin(make.moment("2026-02-02 00:01"))
        home.hear(make.moment("2026-02-02 00:01"))
        for number, customer in enumerate((self.gold, self.other), start=1):
            home.told(
                "demand.received", "2026-02-09 10:00", subjects={"customer": customer.pk},
                demand=f"D{number}", kind="OPTIMISE", source="CALLBACK",
            )  # fmt: skip
        of_machine = {"asset": self.machine.pk, "customer": self.gold.pk}
        home.told(
            "fault.reported",
            "2026-02-09 11:00",
            subjects=of_machine,
            ticket="T1",
            severity="NORMAL",
        )
        home.told("ticket.dispatched", "2026-02-10 09:55", subjects=of_machine, ticket="T1")
        self.contract()

    def contract(self) -> None:
        self.home.told(
            "contract.signed", "2026-02-09 12:00", subjects={"contract": 3, "customer": self.gold.pk},
            start_on="2026-02-09", end_on="2027-03-08",
        )  # fmt: skip


def stepped(scene: Scene, customer, after: str):
    change = TierChange.objects.create(
        customer=customer, before=customer.tier, after=after, reason=TierReason.DECISION, why="年度评审",
        up=after == "GOLD", proposed_by=scene.home.li, proposed_at=NOW,
    )  # fmt: skip
    scope = Obligation.objects.filter(customer=customer)
    assert scene.home.version is not None
    pack = pack_of(scene.home.version)
    return scope, lambda: put_in_effect(change, pack, by=scene.home.gu, now=NOW)


def tier_down(scene: Scene):
    return stepped(scene, scene.gold, "SILVER")


def tier_up(scene: Scene):
    return stepped(scene, scene.silver, "GOLD")


def handed_over(scene: Scene):
    home = scene.home
    return Obligation.objects.filter(customer=scene.gold), lambda: hand_over(
        customers=[scene.gold], to=home.wang, reason=HandOverReason.BALANCE, by=home.gu, now=NOW
    )


def merged(scene: Scene):
    row = propose_merge(
        kept=scene.gold, gone=scene.other, why="同一家公司", by=scene.home.li, now=NOW
    )
    scope = Obligation.objects.filter(customer__in=[scene.gold, scene.other])
    return scope, lambda: merge(proposal=row, by=scene.home.gu, now=NOW)


def sold_on(scene: Scene):
    return Obligation.objects.filter(asset_id=scene.machine.pk), lambda: move(
        asset=scene.machine,
        reason=MoveReason.RESOLD,
        customer=scene.other,
        by=scene.home.gu,
        now=NOW,
    )


def scrapped(scene: Scene):
    return Obligation.objects.filter(asset_id=scene.machine.pk), lambda: retire(
        asset=scene.machine, data_wiped=True, take_back="HS-7", by=scene.home.gu, now=NOW
    )


def contract_of(scene: Scene):
    """A contract of the gold customer, with what its term asks for already owed."""
    row = signed(
        scene.gold, now=NOW, start_on=date(2026, 2, 5), end_on=date(2026, 12, 31), amount=Decimal(9)
    )
    scene.home.hear(NOW)
    return row, Obligation.objects.filter(subject_type="contract", subject_id=row.pk)


def extended(scene: Scene):
    row, scope = contract_of(scene)
    return scope, lambda: amend(
        contract=row, signed_on=NOW.date(), from_on=NOW.date(), why="续一年", end_on=date(2027, 12, 31),
        by=scene.home.gu, now=NOW,
    )  # fmt: skip


def ended(scene: Scene):
    row, scope = contract_of(scene)
    return scope, lambda: end(contract=row, on=NOW.date(), why="停产", by=scene.home.gu, now=NOW)


SHOWN = {
    scrapped: {What.CLOSED},
    extended: {What.CLOSED, What.ARISES},
    ended: {What.CLOSED},
    tier_down: {What.STAYS},
    tier_up: {What.CLOSED, What.ARISES},
    handed_over: {What.MOVES, What.STAYS},
    merged: {What.MOVES, What.CLOSED, What.STAYS},
    sold_on: {What.JOINS, What.CLOSED},
}


def everything() -> tuple[object, ...]:
    counts = [
        model.objects.count() for model in (Fact, Act, DueChange, Notice, Entry, Leave, TierChange)
    ]
    return picture(), counts


@pytest.mark.parametrize("change", SHOWN, ids=lambda change: change.__name__)
def test_what_is_shown_is_what_is_then_done(change):
    scene = Scene()
    scope, deed = change(scene)
    live = set(scope.filter(state__in=LIVE).values_list("uid", flat=True))
    before = everything()
    found = preview.foretell(scope, deed, by=scene.home.gu, now=NOW)
    assert everything() == before
    assert {each.what for each in found.outcomes} == SHOWN[change]
    known = set(Obligation.objects.values_list("uid", flat=True))
    deed()
    scene.home.hear(NOW)
    agrees(found, live, known)


def agrees(found: Foretold, live: set, known: set) -> None:
    """The duties are now as they were foretold, and no other arose."""
    rows = {row.uid: row for row in Obligation.objects.all()}
    assert {each.row.uid for each in found.outcomes if each.what is not What.ARISES} == live
    for each in found.outcomes:
        row = rows[each.row.uid]
        for name in (
            "state",
            "closed_reason",
            "assignee_id",
            "stands_in_for_id",
            "customer_id",
            "due_at",
        ):
            assert getattr(row, name) == getattr(each.row, name), (row, name)
    arisen = {uid for uid, row in rows.items() if uid not in known and row.state in LIVE}
    assert arisen == {each.row.uid for each in found.outcomes if each.what is What.ARISES}


def test_an_absence_that_begins_next_week_is_lived_as_it_was_shown():
    scene = Scene()
    home = scene.home
    days = {"from_on": date(2026, 2, 11), "to_on": date(2026, 2, 14)}
    start = make.moment("2026-02-11 00:00")
    scope = Obligation.objects.filter(assignee=home.li)
    live = set(scope.filter(state__in=LIVE).values_list("uid", flat=True))
    before = everything()
    found = _leave(home.li, days | {"substitute": home.wu, "reason": ""}, home.gu, NOW)
    assert everything() == before
    assert {each.what for each in found.outcomes} == {What.MOVES, What.STAYS}
    known = set(Obligation.objects.values_list("uid", flat=True))
    take_leave(user=home.li, substitute=home.wu, by=home.gu, now=NOW, **days)
    tell_leaves(start)
    home.hear(start)
    agrees(found, live, known)


def test_a_calendar_moves_the_deadlines_that_were_shown():
    scene = Scene()
    row = WorkCalendar.objects.get(code="cn")
    off = {"day": "2026-02-11", "change": "off", "name": {"zh": "停产检修", "en": "Shutdown"}}
    data = row.data | {"exceptions": [*row.data.get("exceptions", []), off]}

    def deed() -> None:
        change_calendar(calendar=row, data=data, source="通知", by=scene.home.gu, now=NOW)

    before = everything()
    found = preview.of_calendar(row, deed, by=scene.home.gu)
    assert everything() == before
    row.refresh_from_db()
    assert found.outcomes
    assert found.stay
    deed()
    scene.home.hear(NOW)
    moved = {(change.obligation.uid, change.old, change.new) for change in DueChange.objects.all()}
    assert moved == {(each.row.uid, each.old_due, each.row.due_at) for each in found.outcomes}


def test_a_version_closes_what_was_shown_when_it_takes_force():
    scene = Scene()
    text = make.files(version="2")["rules/all.yaml"]
    gone = text[text.index("  - id: renewal.talk") : text.index("  - id: order.progress")]
    from_at = make.moment("2026-04-01 00:00")
    type(scene.home.version).objects.filter(pk=scene.home.version.pk).update(in_force_to=from_at)
    version = make.put_in_force(make.files(version="2", swap={gone: ""}), from_at=from_at)
    found = preview.of_version(version, from_at, by=scene.home.gu)
    assert [each.row.rule for each in found.outcomes] == ["renewal.talk"]
    assert found.stay == Obligation.objects.live().count() - 1
    tell_in_force(from_at)
    scene.home.hear(from_at)
    closed = Obligation.objects.filter(state=State.VOID, closed_reason="RULE_WITHDRAWN")
    assert {row.uid for row in closed} == {each.row.uid for each in found.outcomes}


def test_two_customers_with_a_place_of_the_same_name_are_merged_all_the_same():
    scene = Scene()
    for customer in (scene.gold, scene.other):
        add_place(customer=customer, name="质检室", by=None, now=NOW)
    scope, deed = merged(scene)
    assert preview.foretell(scope, deed, by=scene.home.gu, now=NOW).outcomes
    deed()
    scene.other.refresh_from_db()
    assert scene.other.merged_into == scene.gold


# --- the panels


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def client(scene):
    """The general manager, who keeps the accounts and the calendar as well."""
    gu = scene.home.gu
    gu.roles = ["general_manager", "administrator"]
    gu.save(update_fields=["roles"])
    return signed_in(gu)


@pytest.fixture
def at_ten(monkeypatch):
    monkeypatch.setattr("bihuan.base.clock.now", lambda: NOW)


def test_a_duty_that_keeps_its_person_is_not_said_to_go_to_him(client, scene, at_ten):
    """It only belongs to the other customer from then on."""
    chen = scene.home.chen
    Obligation.objects.filter(customer=scene.other).update(assignee=chen, role="dispatcher")
    proposal = propose_merge(
        kept=scene.gold, gone=scene.other, why="同一家公司", by=scene.home.li, now=NOW
    )
    page = client.get(reverse("obligations:foretold_merge", args=[proposal.pk])).content.decode()
    assert f"人不变，归到 {scene.gold.name}" in page
    assert f"转给 {chen.name}" not in page


def test_the_panels_show_counts_with_the_duties_behind_them(client, scene, at_ten):
    home = scene.home
    give = {"to": home.li.pk, "reason": "BALANCE"}
    page = client.post(reverse("obligations:foretold_hand_over", args=[scene.other.pk]), give)
    text = page.content.decode()
    assert "转给 李慕言" in text
    assert "YW-" in text
    sold = {"reason": "RESOLD", "customer": scene.other.code, "at": "2026-02-10T10:00"}
    page = client.post(reverse("obligations:foretold_move", args=[scene.machine.pk]), sold)
    assert "作废：对象已不存在" in page.content.decode()
    gone = {"at": "2026-02-10T10:00", "why": "报废", "data_wiped": "on", "take_back": "HS-7"}
    page = client.post(reverse("obligations:foretold_scrap", args=[scene.machine.pk]), gone)
    assert "作废：对象已不存在" in page.content.decode()
    week = {"from_on": "2026-02-11", "to_on": "2026-02-14", "substitute": home.wu.pk}
    page = client.post(reverse("obligations:foretold_leave", args=[home.li.pk]), week)
    assert "转给 吴帆" in page.content.decode()
    calendar = WorkCalendar.objects.get(code="cn")
    notice = {"text": "日期,类型,名称\n2026-02-11,休,检修\n"}
    page = client.post(reverse("obligations:foretold_calendar", args=[calendar.pk]), notice)
    assert "期限改变" in page.content.decode()
    page = client.get(reverse("obligations:foretold_version", args=[home.version.pk]))
    assert "照旧" in page.content.decode()


def test_the_forms_of_a_contract_and_of_scrapping_show_their_panel(client, scene, at_ten):
    row, _ = contract_of(scene)
    for form, panel, given in (
        ("amend", "foretold_amend", {
            "signed_on": "2026-02-10", "from_on": "2026-02-10", "why": "续一年", "end_on": "2027-12-31",
            "amount": "9", "hours": row.hours,
        }),
        ("end", "foretold_end", {"on": "2026-02-10", "why": "停产"}),
    ):  # fmt: skip
        url = reverse(f"obligations:{panel}", args=[row.pk])
        assert url in client.get(reverse(f"contracts:{form}", args=[row.pk])).content.decode()
        text = client.post(url, given).content.decode()
        assert "作废" in text
        assert "YW-" in text
    scrap = reverse("assets:stage", args=[scene.machine.pk, "SCRAPPED"])
    url = reverse("obligations:foretold_scrap", args=[scene.machine.pk])
    assert url in client.get(scrap).content.decode()
    row.refresh_from_db()
    assert row.status == "SIGNED"


def test_a_form_that_is_not_filled_in_shows_no_duty(client, scene, at_ten):
    page = client.post(reverse("obligations:foretold_hand_over", args=[scene.gold.pk]), {})
    assert page.status_code == 200
    assert "YW-" not in page.content.decode()


def test_a_change_that_would_be_refused_says_why(client, scene, at_ten):
    row = propose_merge(
        kept=scene.gold, gone=scene.other, why="同一家公司", by=scene.home.gu, now=NOW
    )
    page = client.get(reverse("obligations:foretold_merge", args=[row.pk]))
    assert "提出的人不能自己核对" in page.content.decode()


def test_who_may_not_decide_sees_no_panel(scene, at_ten):
    client = signed_in(scene.home.wu)
    week = {"from_on": "2026-02-11", "to_on": "2026-02-14", "substitute": scene.home.wu.pk}
    page = client.post(reverse("obligations:foretold_leave", args=[scene.home.li.pk]), week)
    assert page.status_code == 403
