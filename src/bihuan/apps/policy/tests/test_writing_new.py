"""A company's own pack from a shipped one."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bihuan.apps.people.tests.factories import NOW, company_calendar, person
from bihuan.apps.policy import actions, queries, writing_queries
from bihuan.apps.policy.models import PackVersion
from bihuan.base import clock
from bihuan.base.errors import BadInput
from bihuan.lib.policy import check, run_cases
from bihuan.lib.policy.writing import duties_of, roles_of
from bihuan.lib.policy.writing.examples import Plain

DUTIES = ["response.phone", "callback.routine", "tier.review", "meeting.hold"]
ROLES = ["account_manager", "after_sales_head", "general_manager"]


@pytest.fixture(autouse=True)
def now():
    with clock.set_to(NOW):
        yield


@pytest.fixture
def manager(client):
    company_calendar()
    client.force_login(person("顾远", "general_manager"))


def send(client, code="instruments", **changes):
    base = writing_queries.shipped_pack(code)
    data = {
        "company": "新锐仪器有限公司", "title": "新锐客户服务制度", "code": "own", "version": "2026.1",
        "from_": "2026-04-01", "tiers": list(base.tiers.order), "duties": list(duties_of(base)),
        "roles": roles_of(base),
    } | changes  # fmt: skip
    return client.post(f"{reverse('policy:new')}?from={code}", data)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["instruments", "centrifuge"])
def test_a_whole_pack_taken_over_passes_its_checks_under_the_own_name(client, manager, code):
    answer = send(client, code)
    made = PackVersion.objects.get()
    assert answer.headers["Location"] == reverse("policy:findings", args=[made.pk])
    pack, base = queries.pack_of(made), writing_queries.shipped_pack(code)
    assert check(pack) == []
    assert len(pack.rules) == len(base.rules)
    assert all(each.ok for each in run_cases(pack, Plain()))
    assert "新锐仪器有限公司" in made.files["regulation.md"]
    assert not any("澄衡" in text or "海岳" in text for text in made.files.values())


@pytest.mark.django_db
def test_a_few_duties_of_a_small_company(client, manager):
    send(client, tiers=["L1", "L2"], duties=DUTIES, roles=ROLES)
    made = PackVersion.objects.get()
    pack = queries.pack_of(made)
    assert check(pack) == []
    assert {rule.must for rule in pack.rules.values() if not rule.prepares} == set(DUTIES)
    assert {role for rule in pack.rules.values() for role in rule.by.values} <= set(ROLES)
    assert pack.tiers.order == ("L1", "L2")
    assert {tier for rule in pack.rules.values() for tier in rule.tiers} <= {"L1", "L2"}
    assert all(each.ok for each in run_cases(pack, Plain()))
    page = client.get(reverse("policy:findings", args=[made.pk])).content.decode()
    assert "一级响应（昼夜）" in page  # a value that the company fills in


@pytest.mark.django_db
def test_nothing_chosen_is_refused_and_nothing_is_made(client, manager):
    assert send(client, duties=[]).status_code == 422
    assert send(client, code="instruments", version="").status_code == 422
    assert client.get(reverse("policy:new"), {"from": "no-such"}).status_code == 200
    assert not PackVersion.objects.exists()


@pytest.mark.django_db
def test_only_who_publishes_makes_a_pack(client):
    client.force_login(person("李慕言", "account_manager"))
    assert client.get(reverse("policy:new")).status_code == 403


@pytest.mark.django_db
def test_a_draft_over_a_shipped_pack_keeps_it_with_itself(manager):
    own = {
        "pack.yaml": 'pack: own\nover: instruments\ntitle: 本公司制度\nversion: "1"\nfrom: 2026-04-01\n'
    }
    made = actions.draft(files=own, by=None, now=NOW)
    pack = queries.pack_of(made)
    assert (pack.code, pack.over) == ("own", "instruments")
    assert set(pack.rules) == set(writing_queries.shipped_pack("instruments").rules)
    assert "under/pack.yaml" in made.files
    with pytest.raises(BadInput):
        actions.draft(
            files={"pack.yaml": own["pack.yaml"].replace("instruments", "nowhere")},
            by=None,
            now=NOW,
        )
    assert PackVersion.objects.count() == 1
