"""The pages as people open them: the right rows, the right refusals, a fixed number of queries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.callbacks.tests.factories import problem, visit
from bihuan.apps.customers.actions import add_customer, decide_merge, hand_over, propose_merge
from bihuan.apps.demands import actions
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.queries import figures
from bihuan.apps.demands.tests.conftest import NOW
from bihuan.apps.demands.tests.factories import demand, reviewed, told
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock, registry
from bihuan.base.testing.draining import drain
from bihuan.base.testing.forms import sent_twice
from bihuan.base.testing.people import make_person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten():
    with clock.set_to(NOW):
        yield


def text(answer):
    return answer.content.decode()


def line(row, **values):
    return {f"d{row.pk}-{name}": value for name, value in values.items()}


def hand_on(house, heir):
    hand_over(customers=[house.customer], to=heir, reason="LEFT", by=house.boss, now=NOW)


def merge_away(house, heir):
    kept = add_customer(name="金陵泵业集团", region="north", account_manager=heir, by=None, now=NOW)
    row = propose_merge(kept=kept, gone=house.customer, why="营业执照相同", by=house.care, now=NOW)
    decide_merge(proposal=row, agree=True, by=house.boss, now=NOW)


@pytest.mark.parametrize("change", [hand_on, merge_away])
def test_what_belongs_to_a_customer_is_found_by_who_has_it_now(house, change):
    heir = make_person("account_manager", name="丁接手")
    rows = (
        ticket(machine(house.customer, now=NOW, serial="JL0001"), house.desk, NOW),
        demand(house.customer, house.manager, NOW),
        problem(house.customer, house.caller, NOW),
        visit(house.customer, house.boss, NOW),
    )
    pages = [f'href="{path}{row.pk}/"' for path, row in zip(
        ("/tickets/", "/demands/", "/problems/", "/visits/"), rows, strict=True
    )]  # fmt: skip
    found = [text(signed_in(each).get("/search/?q=金陵")) for each in (house.manager, heir)]
    assert [[page in each for page in pages] for each in found] == [[True] * 4, [False] * 4]
    change(house, heir)
    drain(NOW)
    found = [text(signed_in(each).get("/search/?q=金陵")) for each in (house.manager, heir)]
    assert [[page in each for page in pages] for each in found] == [
        [False, True, True, False],  # what is his own work stays his
        [True] * 4,
    ]


def test_one_is_written_down_once_from_a_visit(house):
    seen = visit(house.customer, house.manager, NOW)
    client = signed_in(house.manager)
    assert "金陵泵业" in text(client.get("/demands/new/?q=jinling"))
    where = f"/demands/new/?customer={house.customer.pk}&visit={seen.pk}"
    values = {"kind": "SUGGESTION", "text": "备件放近一点", "received_at": "2026-09-30T09:00"}
    bad = client.post(where, values | {"text": ""})
    assert bad.status_code == 422
    late = client.post(where, values | {"received_at": "2026-09-30T11:00"})
    assert "收到时间不能晚于现在" in text(late)
    assert not Demand.objects.exists()
    sent_twice(client, where, values)
    row = Demand.objects.get()
    assert (row.source, row.visit, row.number) == ("VISIT", seen, f"XQ-{row.pk:06d}")
    assert row.number in text(client.get(f"/demands/visit/{seen.pk}/"))
    assert "备件放近一点" in text(client.get(f"/demands/customer/{house.customer.pk}/"))


def test_the_page_says_which_words_spoke_and_a_person_decides(house):
    row = demand(house.customer, house.manager, NOW)
    drain(NOW)
    client = signed_in(house.analyst)
    page = text(client.get(f"/demands/{row.pk}/"))
    assert "<mark>噪音</mark>" in page
    assert "系统看着像“功能与性能”" in page
    form = text(client.get(f"/demands/{row.pk}/deed/classify/"))
    assert "功能与性能 · " in form
    bad = client.post(f"/demands/{row.pk}/deed/classify/", {"topic": "NONE", "kind": "OPTIMISE"})
    assert bad.status_code == 422
    row.refresh_from_db()
    assert (row.topic, row.version) == ("", 1)
    client.post(f"/demands/{row.pk}/deed/classify/", {"topic": "SERVICE", "kind": "OPTIMISE"})
    page = text(client.get(f"/demands/{row.pk}/"))
    assert "系统提议的是功能与性能" in page
    assert Demand.objects.get().topic == "SERVICE"


def test_the_meeting_is_kept_as_a_whole_or_not_at_all(house):
    one = demand(house.customer, house.manager, NOW)
    two = demand(house.customer, house.manager, NOW, text="延长账期", kind="SUGGESTION")
    three = demand(house.customer, house.manager, NOW, text="下次再说", kind="SUGGESTION")
    drain(NOW)
    client = signed_in(house.care)
    page = text(client.get("/demands/review/"))
    assert page.count("data-line") == 3
    scores = {"urgency": 4, "feasibility": 5, "priority": 3}
    rows = {"row": [one.pk, two.pk, three.pk]}
    bad = client.post(
        "/demands/review/",
        rows | line(one, decision="ACCEPTED", **scores) | line(two, decision="DECLINED", **scores),
    )
    assert bad.status_code == 422
    assert "评审还缺：不采纳的理由" in text(bad)
    assert set(Demand.objects.values_list("state", flat=True)) == {"NEW"}
    assert not Step.objects.filter(deed="REVIEWED").exists()
    client.post(
        "/demands/review/",
        rows | line(one, decision="ACCEPTED", version=1, **scores)
        | line(two, decision="DECLINED", words="资金紧", version=1, **scores),
    )  # fmt: skip
    states = dict(Demand.objects.values_list("pk", "state"))
    assert states == {one.pk: "ACCEPTED", two.pk: "DECLINED", three.pk: "NEW"}
    page = text(client.get("/demands/review/"))
    assert page.count("data-line") == 1
    assert "本周已定" in page
    again = client.post(
        "/demands/review/", rows | line(one, decision="DECLINED", words="不", **scores)
    )
    assert "这条需求现在是“办理中”" in text(again)
    odd = client.post("/demands/review/", rows | line(three, urgency=3))
    assert "还没有选结论" in text(odd)
    gone = line(three, decision="MERGED", into="XQ-999999", **scores)
    assert "没有这个编号的需求或工单" in text(client.post("/demands/review/", rows | gone))
    assert Demand.objects.get(pk=three.pk).state == "NEW"


def test_the_workbench_opens_the_demand(house):
    row = demand(house.customer, house.manager, NOW)
    drain(NOW)
    for kind in ("classify", "review", "propose", "confirm_plan", "feedback"):
        assert registry.fulfilling(f"demand.{kind}") == "demands:of_duty"
    plan = Obligation.objects.get(kind="demand.confirm_plan")
    answer = signed_in(house.manager).get(f"/demands/for/{plan.pk}/")
    assert answer.headers["Location"] == f"/demands/{row.pk}/"
    review = Obligation.objects.get(kind="demand.review")
    answer = signed_in(house.care).get(f"/demands/for/{review.pk}/")
    assert answer.headers["Location"] == f"/demands/review/#d{row.pk}"


def test_the_loop_by_its_forms(house):
    row = demand(house.customer, house.manager, NOW)
    drain(NOW)
    reviewed(row, house.care, NOW)
    client = signed_in(house.manager)

    def do(name, **values):
        return client.post(f"/demands/{row.pk}/deed/{name}/", values)

    assert "还没有方案" in text(do("confirm_plan", text="好"))
    do("propose", text="换曲线")
    assert do("confirm_plan", text="").status_code == 422
    do("confirm_plan", text="许工：可以")
    do("deliver", text="装好了")
    assert "请附录音" in text(do("tell", text="装好了", channel="PHONE"))
    assert Demand.objects.get().told_at is None
    do("tell", text="装好了", channel="WECOM", contact=house.contact.pk)
    assert "经手过" in text(do("answer", satisfied="yes", text="好"))
    other = signed_in(house.caller)
    other.post(f"/demands/{row.pk}/deed/answer/", {"satisfied": "yes", "text": "许工：好"})
    row.refresh_from_db()
    assert (row.state, row.satisfied) == ("DELIVERED", True)
    assert "客户已认可" in text(client.get(f"/demands/{row.pk}/"))


def test_whoever_may_not_see_the_customer_finds_nothing(house):
    stranger = add_customer(name="燕北生物制药有限公司", region="north", by=None, now=NOW)
    row = demand(stranger, house.caller, NOW, text="北边的愿望")
    client = signed_in(house.manager)
    for path in (
        f"/demands/{row.pk}/",
        f"/demands/{row.pk}/deed/tell/",
        f"/demands/customer/{stranger.pk}/",
        f"/demands/new/?customer={stranger.pk}",
    ):
        assert client.get(path).status_code == 404
    assert "北边的愿望" not in text(client.get("/demands/?view=all"))
    assert client.get("/demands/review/").status_code == 403
    page = text(signed_in(house.caller).get("/demands/?view=all"))
    assert "北边的愿望" in page
    # a demand of somebody else cannot be made the one to go with
    mine = demand(house.customer, house.manager, NOW)
    client.post(f"/demands/{mine.pk}/deed/propose/", {"text": "x"})
    assert signed_in(house.rd).get(f"/demands/{mine.pk}/").status_code == 404
    actions.assign(demand=mine, to=house.rd, by=house.manager, now=NOW)
    assert signed_in(house.rd).get(f"/demands/{mine.pk}/").status_code == 200


def test_every_number_opens_its_rows(house):
    one = demand(house.customer, house.manager, NOW)
    two = demand(house.customer, house.manager, NOW, text="账期", kind="SUGGESTION")
    drain(NOW)
    actions.classify(demand=one, topic="FUNCTION", by=house.analyst, now=NOW)
    actions.propose(demand=one, text="换曲线", by=house.specialist, now=NOW)
    reviewed(two, house.care, NOW, "DECLINED", words="不行")
    told(two, house.manager, NOW)
    drain(NOW)
    client = signed_in(house.boss)
    page = text(client.get("/demands/figures/"))
    asked = [
        ("topic=FUNCTION", one), ("topic=none", two), ("topic=FUNCTION&amp;pace=kept", one),
        ("topic=none&amp;state=DECLINED", two),
    ]  # fmt: skip
    for query, row in asked:
        url = f"/demands/?view=all&amp;year=2026&amp;{query}"
        assert url in page
        found = text(client.get(url.replace("&amp;", "&")))
        other = two if row is one else one
        assert row.number in found
        assert other.number not in found
    assert two.number in text(client.get("/demands/?view=answer&year=2026&topic=none"))


def test_a_demand_counts_once_in_each_table(house):
    one = demand(house.customer, house.manager, NOW)
    two = demand(house.customer, house.manager, NOW, text="账期", kind="SUGGESTION")
    demand(house.customer, house.manager, NOW, text="还没人看")
    drain(NOW)
    actions.classify(demand=one, topic="FUNCTION", by=house.analyst, now=NOW)
    actions.propose(demand=one, text="换曲线", by=house.specialist, now=NOW)
    reviewed(two, house.care, NOW, "DECLINED", words="不行")
    told(two, house.manager, NOW)
    drain(NOW)
    tables = figures.lines(house.boss, {"topic": {"FUNCTION": "功能"}, "source": {}}, NOW.year)
    function, rest = tables["topic"]
    assert (function.all, function.pace["kept"], function.days) == (1, 1, 0)
    assert (rest.code, rest.all, rest.states["DECLINED"], rest.unanswered) == ("none", 2, 1, 1)
    topics, sources = (figures.total(lines) for lines in tables.values())
    assert (topics.all, topics.states, topics.pace) == (sources.all, sources.states, sources.pace)
    mine = figures.lines(house.rd, {"topic": {}}, NOW.year)
    assert mine == {"topic": []}, "another's rows count for nobody who does not see them"


def test_rows_do_not_cost_queries(house):
    client = signed_in(house.boss)

    def count(path):
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert client.get(path).status_code == 200
        return len(caught)

    def more(n):
        for _ in range(n):
            demand(house.customer, house.manager, NOW)
        drain(NOW)

    more(2)
    paths = ("/demands/?view=all", "/demands/review/", "/demands/figures/")
    for path in paths:
        client.get(path)
    before = {path: count(path) for path in paths}
    more(6)
    assert {path: count(path) for path in paths} == before


@pytest.mark.parametrize(
    "kind",
    [
        "demand.classify",
        "demand.review",
        "demand.propose",
        "demand.confirm_plan",
        "demand.feedback",
    ],
)
def test_a_duty_of_a_demand_is_not_closed_beside_it(house, kind):
    row = demand(house.customer, house.manager, NOW)
    if kind == "demand.feedback":
        reviewed(row, house.care, NOW)
        actions.deliver(demand=row, text="装好了", by=house.specialist, now=NOW)
    drain(NOW)
    duty = Obligation.objects.filter(kind=kind).first()
    assert duty is not None
    Obligation.objects.filter(pk=duty.pk).update(assignee=house.boss)
    before = Demand.objects.values().get()
    proofs = {
        f"text_{each}": "说过了" for each in ("form", "minutes", "proposal", "customer_reply")
    }
    page = signed_in(house.boss).post(
        f"/obligations/{duty.pk}/carry-out/?plain=1", {"at": "2026-09-30T10:00"} | proofs
    )
    assert page.status_code == 409, text(page)
    assert f"这条义务随 {row.number} 的进展办结" in text(page)
    duty.refresh_from_db()
    assert (duty.state, duty.evidence.count()) == ("OPEN", 0)
    assert Demand.objects.values().get() == before
