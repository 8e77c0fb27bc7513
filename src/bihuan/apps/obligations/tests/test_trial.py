"""A trial run says what a regulation would have meant, agrees with real life, and makes nothing."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, timedelta

import pytest
from django.db import connection, transaction
from django.urls import reverse

from bihuan.apps.obligations import replay
from bihuan.apps.obligations.engine import Judge
from bihuan.apps.obligations.models import Obligation, Trial, TrialResult
from bihuan.apps.obligations.tasks import plan_again
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.tests.test_killed import address
from bihuan.apps.obligations.tests.test_precedence import grant
from bihuan.apps.obligations.tests.test_replay import Story
from bihuan.apps.obligations.trial import actions, shares
from bihuan.apps.obligations.trial.reading import WHOLE, Part, Span
from bihuan.apps.obligations.trial.rules import Row
from bihuan.apps.obligations.trial.run import run
from bihuan.apps.policy import actions as policy
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base import clock
from bihuan.base.errors import BadInput
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import worker_dies
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person, signed_in

SEEDS = range(int(os.environ.get("BIHUAN_STORIES", "3")))
START = make.moment("2026-01-01 00:00")
STRICTER = {
    "within: 4h": "within: 90min", "within: 8wh": "within: 4wh", "within: 3wd": "within: 1wd",
    "every: quarter\n    of: customer": "every: month\n    of: customer",
}  # fmt: skip


def tried(version: PackVersion | None, until, part: Part = WHOLE) -> dict[str, Row]:
    """The rows of a trial from the first day on; each duty is handed over once."""
    rows: dict[str, Row] = {}

    def take(row: Row) -> None:
        assert str(row.uid) not in rows
        rows[str(row.uid)] = row

    run(version, Span(START, until), take, now=until, part=part)
    return rows


def differences(rows: dict[str, Row], lived: dict) -> list[str]:
    found = [f"only lived: {uid} {lived[uid]['rule']}" for uid in lived.keys() - rows.keys()]
    found += [f"only tried: {uid} {rows[uid].rule}" for uid in rows.keys() - lived.keys()]
    for uid in rows.keys() & lived.keys():
        row, real = rows[uid], lived[uid]
        pairs = {
            "due": (row.due_at, real["due_at"]), "done": (row.done_at, real["discharged_at"]),
            "state": (row.state, real["state"].replace("SCHEDULED", "OPEN")),
            "role": (row.role, real["role"]), "customer": (row.customer_id, real["customer_id"]),
        }  # fmt: skip
        if real["paused_at"] is None:
            found += [f"{row.rule} {row.occasion} {name}: {a} / {b}" for name, (a, b) in pairs.items() if a != b]  # fmt: skip
    return sorted(found)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_trial_of_what_is_in_force_says_what_really_happened(seed):
    story = Story(seed)
    story.live()
    lived, facts = replay.picture(), Fact.objects.count()
    until = story.now + timedelta(seconds=1)
    version = PackVersion.objects.get()
    for found in (tried(None, until), tried(version, until)):
        assert differences(found, lived) == []
    assert (replay.picture(), Fact.objects.count()) == (lived, facts)
    first, second = (tried(version, until, Part(number, 2)) for number in (0, 1))
    assert not first.keys() & second.keys()
    assert differences(first | second, lived) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_trial_of_a_draft_says_what_happens_when_the_same_is_lived_under_it(seed, monkeypatch):
    story = Story(seed)
    story.live()
    until = story.now + timedelta(seconds=1)
    swaps = {old: new for old, new in STRICTER.items() if not old.startswith("every")}
    draft = policy.draft(files=make.files("2", swaps), by=None, now=story.now)
    found = tried(draft, until)
    with transaction.atomic(), monkeypatch.context() as patch:
        # the draft in force from the first day: what is published can never be changed
        patch.setattr(Judge, "_version", lambda *_: draft)
        replay.forget()
        replay.feed(list(replay.in_order()), story.now, batch=50)
        lived = replay.picture()
        transaction.set_rollback(True)
    assert differences(found, lived) == []
    before = tried(PackVersion.objects.get(status=Status.PUBLISHED), until)
    shorter = [
        uid for uid in before if before[uid].due_at and found[uid].due_at != before[uid].due_at
    ]
    assert shorter
    assert all(found[uid].due_at <= before[uid].due_at for uid in shorter)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_alike_under_two_versions_is_asked_once_and_comes_out_the_same(seed, monkeypatch):
    story = Story(seed)
    story.live()
    base, span = PackVersion.objects.get(), Span(START, story.now + timedelta(seconds=1))
    every = frozenset(pack_of(base).rules)
    for number, swap in enumerate(STRICTER.items(), 2):
        draft = policy.draft(files=make.files(str(number), dict([swap])), by=None, now=story.now)
        changed = frozenset(
            rule for rule in every if pack_of(base).rules[rule] != pack_of(draft).rules[rule]
        )
        asked = (0, [base.pk, draft.pk], span, changed, story.now, 1)
        assert changed <= shares.asked_again([base, draft], changed) < every
        narrow = _results(shares.all_of(*asked))
        with monkeypatch.context() as patch:
            patch.setattr(shares, "asked_again", lambda *_: every)
            assert narrow == _results(shares.all_of(*asked))


def _results(found: list[shares.Share]) -> list[object]:
    return [
        (each.whole.to_data(), each.changed.to_data(), each.facts, each.failures) for each in found
    ]


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_goes_round_more_often_is_tried_with_the_periods_that_nobody_told():
    home = make.house()
    silver = [make.customer(home, f"银牌{n}", tier="SILVER") for n in range(3)]
    story_end = make.moment("2026-06-30 12:00")
    draft = policy.draft(
        files=make.files("2", {"every: quarter\n    of: customer": "every: month\n    of: customer"}),
        by=None, now=story_end,
    )  # fmt: skip
    rows = [row for row in tried(draft, story_end).values() if row.rule == "silver.callback"]
    assert {(row.customer_id, row.occasion) for row in rows} == {
        (each.pk, f"2026-{month:02d}") for each in silver for month in range(1, 7)
    }
    assert Obligation.objects.count() == 0


@pytest.fixture
@kept
def company(db):
    """A company with two urgent faults, one answered after three hours, one at night too late."""
    home = make.house()
    who = make.customer(home, "石湾精化", tier="GOLD")
    for number, (at, hours) in enumerate((("2026-03-02 10:00", 3), ("2026-03-04 23:10", 6)), 1):
        subjects = {"asset": 1, "customer": who.pk}
        reported = make.moment(at)
        home.told(
            "fault.reported", reported, subjects=subjects, ticket=f"T{number}", severity="URGENT"
        )
        answered = reported + timedelta(hours=hours)
        home.told("ticket.contacted", answered, subjects=subjects, ticket=f"T{number}")
    home.who = who
    return home


NOW = make.moment("2026-04-01 09:00")


def ask(company, **more):
    draft = policy.draft(files=make.files("2", {"within: 4h": "within: 2h"}), by=None, now=NOW)
    asked = {
        "versions": [PackVersion.objects.get(status=Status.PUBLISHED), draft],
        "since": date(2026, 1, 1), "until": date(2026, 3, 31), "minutes": 30,
    } | more  # fmt: skip
    return actions.ask(**asked, by=company.gu, now=NOW), draft


def test_the_result_tells_both_versions_the_new_late_ones_and_other_limits(company):
    trial, _ = ask(company)
    assert actions.work(trial.pk, now=NOW)
    before, after = (row.result["changed"] for row in trial.results.order_by("place"))
    assert before["ends"] == {"on_time": 1, "late": 1}
    assert after["ends"] == {"late": 2}
    assert after["late_new"] == 1
    assert [each["occasion"] for each in after["worst"]] == ["T1"]
    assert "12:00" in after["worst"][0]["why"]["zh"]
    limits = after["limits"]["fault.urgent.phone"]
    assert limits["4h"] == [2, 1]
    assert limits["2h"] == [2, 0]
    assert after["hours"][23] == {"late": 1}
    assert sum(after["load"]["remote_specialist"].values()) == 2
    whole = trial.results.order_by("place").last().result["all"]
    of_events = sum(ends.get("late", 0) for name, ends in whole["rules"].items() if name.startswith("fault."))  # fmt: skip
    assert whole["ends"]["late"] > of_events  # monthly calls that nobody made
    assert sum(hour.get("late", 0) for hour in whole["hours"]) == of_events
    assert actions.work(trial.pk, now=NOW) is False


@pytest.mark.django_db(transaction=True)
def test_a_trial_shared_among_processes_says_the_same(company, monkeypatch):
    trial, draft = ask(company)
    actions.work(trial.pk, now=NOW)
    alone = [row.result for row in trial.results.order_by("place")]
    monkeypatch.setattr(shares, "ALONE_UP_TO", 0)
    monkeypatch.setenv("DATABASE_URL", address())
    again = actions.ask(
        versions=[PackVersion.objects.get(status=Status.PUBLISHED), draft],
        since=trial.since, until=trial.until, minutes=30, by=company.gu, now=NOW,
    )  # fmt: skip
    assert actions.work(again.pk, now=NOW)
    assert [row.result for row in again.results.order_by("place")] == alone


def test_a_limit_that_is_not_the_rule_s_stays_when_the_rule_s_is_varied(company):
    """An exception of six hours: the row of the present limit is that of the table of rules."""
    other = make.customer(company, "别家")
    grant(company, other, change="WITHIN", value="6h")
    for number, hours in enumerate((5, 7), 3):
        reported = make.moment(f"2026-03-1{number} 09:00")
        told = {"subjects": {"asset": 2, "customer": other.pk}, "ticket": f"T{number}"}
        company.told("fault.reported", reported, severity="URGENT", **told)
        company.told("ticket.contacted", reported + timedelta(hours=hours), **told)
    trial, _ = ask(company)
    assert actions.work(trial.pk, now=NOW)
    for row, limit in zip(trial.results.order_by("place"), ("4h", "2h"), strict=True):
        changed = row.result["changed"]
        ends = changed["rules"]["fault.urgent.phone"]
        assert changed["limits"]["fault.urgent.phone"][limit] == [
            ends["on_time"] + ends["late"], ends["on_time"],
        ]  # fmt: skip
        assert all(all_ == 4 for all_, _ in changed["limits"]["fault.urgent.phone"].values())


def test_a_trial_makes_no_duty_and_tells_nobody(company):
    before = (replay.digest(replay.picture()), Fact.objects.count(), counts())
    trial, _ = ask(company)
    actions.work(trial.pk, now=NOW)
    after = counts()
    changed = {name for name in after if after[name] != before[2].get(name)}
    assert changed <= {
        "obligations_trial", "obligations_trialresult", "policy_packversion", "audit_entry",
        "procrastinate_jobs", "procrastinate_events",
    }  # fmt: skip
    assert (replay.digest(replay.picture()), Fact.objects.count()) == before[:2]


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        found = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            found[name] = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"until": date(2025, 12, 31)}, "until"),
        ({"until": date(2030, 1, 1)}, "until"),
        ({"since": date(2026, 5, 1), "until": date(2026, 6, 1)}, "since"),
        ({"minutes": 0}, "minutes"),
        ({"versions": []}, "versions"),
    ],
)
def test_what_cannot_be_tried_is_refused_and_leaves_nothing(company, wrong, field):
    with pytest.raises(BadInput) as refused:
        ask(company, **wrong)
    assert list(refused.value.fields) == [field]
    assert not Trial.objects.exists()
    assert not TrialResult.objects.exists()


def test_a_trial_may_begin_today_as_the_house_counts_days(company):
    early = make.moment("2026-04-01 00:30").astimezone(UTC)  # still March in London
    today = {"since": date(2026, 4, 1), "until": date(2026, 4, 1), "minutes": 30}
    version = [PackVersion.objects.get(status=Status.PUBLISHED)]
    trial = actions.ask(versions=version, by=company.gu, now=early, **today)
    assert trial.since == date(2026, 4, 1)
    with pytest.raises(BadInput):
        actions.ask(versions=version, by=company.gu, now=early - timedelta(hours=1), **today)
    assert Trial.objects.count() == 1


def test_a_trial_that_lost_its_worker_is_planned_again_and_a_failed_one_says_why(company):
    trial, _ = ask(company)
    assert plan_again(NOW) == 0  # its job waits
    worker_dies()
    assert plan_again(NOW) == 1
    actions.give_up(trial.pk, "制度读不出来")
    assert plan_again(NOW) == 0
    with clock.set_to(NOW):
        page = signed_in(company.zhao).get(reverse("obligations:trial", args=[trial.pk]))
    assert "制度读不出来" in page.content.decode()
    assert actions.work(trial.pk, now=NOW) is False


def test_the_pages_ask_wait_and_show(company):
    client = signed_in(company.zhao)
    with clock.set_to(NOW):
        trial, draft = ask(company)
        form = client.get(reverse("obligations:trial_new"), {"draft": draft.pk})
        assert f'value="{draft.pk}" ' in form.content.decode()
        base = PackVersion.objects.get(status=Status.PUBLISHED)
        same = client.post(
            reverse("obligations:trial_new"),
            {"base": base.pk, "versions": [base.pk], "since": "2026-01-01", "until": "2026-03-31", "minutes": 30},
        )  # fmt: skip
        assert same.status_code == 422
        assert "不能和自己比" in same.content.decode()
        sent = client.post(
            reverse("obligations:trial_new"),
            {"base": base.pk, "versions": [draft.pk], "since": "2026-01-01", "until": "2026-03-31", "minutes": 30},
        )  # fmt: skip
        assert sent.status_code == 302
        here = reverse("obligations:trial", args=[trial.pk])
        assert "排队中" in client.get(here).content.decode()
        assert "排队中" in client.get(here, headers={"HX-Request": "true"}).content.decode()
        actions.work(trial.pk, now=NOW)
        assert client.get(here, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
        page = client.get(here).content.decode()
        assert "石湾精化" in page
        assert "其中 1 起原来不超时" in page
        assert "2 小时" in page
        assert re.search(r"\d{4}-\d\d-\d\d 至 \d{4}-\d\d-\d\d: \d+ / \d+</title>", page)
        assert not re.search(r"\d{4}-W\d\d", page)  # a week is said by its days
        assert "石湾精化" in client.get(here, {"part": "all"}).content.decode()
        sending = client.get(reverse("policy:draft_submit", args=[draft.pk]), {"trial": trial.pk})
        brief = reverse("obligations:trial_brief", args=[draft.pk])
        assert brief in sending.content.decode()
        assert draft.version in client.post(brief, {"trial": trial.pk}).content.decode()
        assert "已算完" in client.get(reverse("obligations:trials")).content.decode()


def test_of_several_drafts_each_is_shown_and_sent_with_what_came_of_it(company):
    client = signed_in(company.zhao)
    with clock.set_to(NOW):
        changes = {"3": "within: 3h", "4": "within: 7h"}
        strict, mild = (policy.draft(files=make.files(name, {"within: 4h": line}), by=None, now=NOW) for name, line in changes.items())  # fmt: skip
        base = PackVersion.objects.get(status=Status.PUBLISHED)
        trial, _ = ask(company, versions=[base, strict, mild])
        actions.work(trial.pk, now=NOW)
        here = reverse("obligations:trial", args=[trial.pk])

        def shown(**asked):
            page = client.get(here, asked)
            links = {reverse("policy:draft_submit", args=[row.pk]): row for row in (strict, mild)}
            sent = [row for link, row in links.items() if f"{link}?trial={trial.pk}" in page.content.decode()]  # fmt: skip
            return page.context["shown"].version, sent, page.context["late_all"], page.context["rules"][0]["more"]  # fmt: skip

        assert shown() == (mild, [mild], 0, -1)
        assert shown(version=strict.pk) == (strict, [strict], 0, 0)
        assert shown(version=base.pk) == shown(version="x") == shown()
        page = client.get(here, {"version": strict.pk, "part": "all"}).content.decode()
        assert "下面是 3 的" in page
        assert f"?version={mild.pk}&amp;part=all#of" in page
        PackVersion.objects.filter(pk=strict.pk).update(submission={"trial": trial.pk})
        brief = client.get(reverse("obligations:trial_brief", args=[strict.pk]))
        assert [each.version for each in brief.context["columns"]] == [base, strict]


def test_a_rule_that_the_draft_withdraws_goes_by_its_title_with_the_people_it_needed(company):
    text = make.files("2")["rules/all.yaml"]
    gone = text[(at := text.index("  - id: fault.urgent.phone")) : text.index("  - id:", at + 9)]
    draft = policy.draft(files=make.files("3", {gone: ""}), by=None, now=NOW)
    trial, _ = ask(company, versions=[PackVersion.objects.get(status=Status.PUBLISHED), draft])
    assert actions.work(trial.pk, now=NOW)
    client = signed_in(company.zhao)
    with clock.set_to(NOW):
        page = client.get(reverse("obligations:trial", args=[trial.pk])).content.decode()
    assert "fault.urgent.phone" not in page
    assert "紧急故障电话响应" in page
    assert "远程支持专员" in page


@pytest.mark.parametrize(
    ("now", "since"), [("2026-03-10 09:00", "2026-01-01"), ("2027-03-10 09:00", "2026-03-10")]
)
def test_a_trial_begins_by_itself_no_earlier_than_the_first_regulation(company, now, since):
    """What was done before is recorded nowhere and would count as late."""
    with clock.set_to(make.moment(now)):
        page = signed_in(company.zhao).get(reverse("obligations:trial_new")).content.decode()
    assert f'name="since" value="{since}"' in page


def test_who_may_not_edit_the_regulation_sees_no_trial(company):
    trial, _ = ask(company)
    client = signed_in(make_person("field_engineer"))
    for url in (
        reverse("obligations:trials"), reverse("obligations:trial_new"),
        reverse("obligations:trial", args=[trial.pk]),
    ):  # fmt: skip
        assert client.get(url).status_code == 403
