from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from bihuan.apps.people import actions, queries
from bihuan.apps.people.actions import AlreadyHeld, AwayTwice, BackAlready
from bihuan.apps.people.models import Leave, Post
from bihuan.apps.people.telling import midnight
from bihuan.apps.people.tests.factories import NOW, person, team
from bihuan.base.access.errors import LastAdministrator, NotYourself
from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput
from bihuan.base.facts.models import Fact

ON = date(2026, 10, 9)
pytestmark = pytest.mark.django_db


def find(role, **values):
    return queries.holders(on=ON).find(role, **values)


def test_the_region_holder_goes_before_the_company_holder():
    company = person("许诺", "field_engineer")
    east = person("王建成", "field_engineer", region="east")
    assert find("field_engineer", region="east") == east.pk
    assert find("field_engineer", region="west") == company.pk


def test_an_empty_post_is_answered_by_the_next_role_up_the_ladder():
    boss = person("顾远", "general_manager")
    assert find("field_engineer") == boss.pk


def test_with_nobody_on_the_whole_ladder_there_is_no_holder():
    assert find("field_engineer") is None


def test_a_substitute_answers_while_the_holder_is_away_and_not_a_day_longer():
    kam, stand_in = person("李慕言", "account_manager"), person("周岚", "callback_agent")
    actions.take_leave(
        user=kam, substitute=stand_in, from_on=ON, to_on=date(2026, 10, 10), by=None, now=NOW
    )
    assert find("account_manager") == stand_in.pk
    assert queries.holders(on=date(2026, 10, 10)).find("account_manager") == kam.pk


def test_who_comes_back_earlier_answers_himself_from_that_day_and_once():
    kam, stand_in = person("李慕言", "account_manager"), person("周岚", "callback_agent")
    leave = actions.take_leave(
        user=kam, substitute=stand_in, from_on=ON, to_on=date(2026, 10, 20), by=None, now=NOW
    )
    actions.tell_leaves(NOW)
    later = NOW + timedelta(days=3)
    actions.end_leave(leave=leave, by=stand_in, now=later)
    back_on = timezone.localdate(later)
    assert queries.holders(on=back_on).find("account_manager") == kam.pk
    assert queries.holders(on=back_on - timedelta(days=1)).find("account_manager") == stand_in.pk
    assert actions.tell_leaves(later) == 1
    assert Fact.objects.get(kind="staff.back").at == midnight(back_on)
    with pytest.raises(BackAlready):
        actions.end_leave(leave=leave, by=stand_in, now=later)
    entry = Entry.objects.get(verb="people.leave_ended")
    assert (entry.by, entry.before["to"], entry.after["to"]) == (stand_in, "2026-10-20", back_on.isoformat())  # fmt: skip
    assert actions.tell_leaves(NOW + timedelta(days=60)) == 0


@pytest.mark.parametrize(("days", "told"), [(0, ["staff.away", "staff.back"]), (5, [])])
def test_a_leave_that_is_not_taken_is_taken_out(days, told):
    kam, stand_in = person("李慕言", "account_manager"), person("周岚", "callback_agent")
    from_on = timezone.localdate(NOW) + timedelta(days=days)
    leave = actions.take_leave(
        user=kam, substitute=stand_in, from_on=from_on, to_on=from_on + timedelta(days=9), by=None, now=NOW
    )  # fmt: skip
    actions.tell_leaves(NOW)
    actions.end_leave(leave=leave, by=None, now=NOW)
    assert queries.holders(on=from_on).find("account_manager") == kam.pk
    actions.tell_leaves(NOW + timedelta(days=60))
    kinds = Fact.objects.filter(kind__startswith="staff.").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == told
    actions.take_leave(
        user=kam, substitute=None, from_on=from_on, to_on=from_on + timedelta(days=1), by=None, now=NOW
    )  # fmt: skip


def test_two_people_standing_in_for_each_other_do_not_hang_the_engine():
    one, other = person("甲", "account_manager"), person("乙", "callback_agent")
    for user, stand_in in ((one, other), (other, one)):
        actions.take_leave(
            user=user, substitute=stand_in, from_on=ON, to_on=date(2026, 10, 12), by=None, now=NOW
        )
    assert find("account_manager") in (one.pk, other.pk)


def test_an_ended_post_is_no_longer_held_and_its_rights_are_gone():
    kam = person("李慕言", "account_manager")
    actions.end_post(post=Post.objects.get(user=kam), to_on=ON, by=None, now=NOW)
    kam.refresh_from_db()
    assert find("account_manager") is None
    assert kam.roles == []


def test_rights_come_and_go_with_the_days_of_a_post():
    kam = person("李慕言")
    begins, ends = ON + timedelta(days=3), ON + timedelta(days=17)
    actions.appoint(
        user=kam, role="account_manager", from_on=begins, to_on=ends, by=None, now=NOW, acting=True
    )
    seen = []
    for days in (0, 3, 16, 17, 18):
        now = NOW + timedelta(days=days)
        actions.follow_posts(now)
        assert actions.follow_posts(now) == 0
        kam.refresh_from_db()
        seen.append(kam.roles)
    assert seen == [[], ["account_manager"], ["account_manager"], [], []]


def assignments() -> list[tuple[str, int | None, datetime]]:
    """What was told of posts: role, person, since when."""
    rows = Fact.objects.filter(kind="post.assigned").order_by("pk")
    return [(row.own()["role"], row.subjects.get("person"), row.at) for row in rows]


def test_a_post_that_begins_is_told_once_as_of_its_first_day():
    kam = person("李慕言")
    begun, coming = ON - timedelta(days=3), ON + timedelta(days=3)
    for role, since in (("callback_agent", begun), ("account_manager", coming)):
        actions.appoint(user=kam, role=role, from_on=since, by=None, now=NOW)
    told = [("callback_agent", kam.pk, midnight(begun))]
    assert assignments() == told
    actions.follow_posts(NOW)
    assert assignments() == told
    for days in (3, 4):
        actions.follow_posts(NOW + timedelta(days=days))
    assert assignments() == [*told, ("account_manager", kam.pk, midnight(coming))]


def test_what_is_told_of_a_post_says_what_else_the_person_does():
    clerk = person("沈月", "dispatcher", team_id=team("呼叫中心").pk)
    actions.appoint(user=clerk, role="callback_agent", from_on=ON, by=None, now=NOW)
    told = Fact.objects.filter(kind="post.assigned").latest("pk")
    assert told.data["person"] == {
        "roles": ["dispatcher", "callback_agent"], "department": "呼叫中心", "employed": True,
    }  # fmt: skip


def test_a_post_that_was_over_when_it_was_entered_is_not_told():
    kam = person("李慕言")
    since, until = ON - timedelta(days=90), ON - timedelta(days=30)
    actions.appoint(user=kam, role="callback_agent", from_on=since, to_on=until, by=None, now=NOW)
    assert assignments() == []
    assert kam.roles == []


def test_a_post_leaves_the_roles_that_the_account_has_by_itself():
    """As the first administrator has, whom `bihuan init` makes without a post."""
    chief, other = person("顾远", roles=["administrator"]), person("许诺", roles=["administrator"])
    post = actions.appoint(user=chief, role="general_manager", from_on=ON, by=other, now=NOW)
    chief.refresh_from_db()
    assert sorted(chief.roles) == ["administrator", "general_manager"]
    assert actions.follow_posts(NOW) == 0
    later = NOW + timedelta(days=9)
    actions.end_post(post=post, to_on=ON + timedelta(days=9), by=other, now=later)
    chief.refresh_from_db()
    assert chief.roles == ["administrator"]


def test_nobody_gives_or_ends_a_post_of_his_own():
    chief = person("顾远", "administrator")
    post = Post.objects.get(user=chief)
    with pytest.raises(NotYourself):
        actions.appoint(user=chief, role="general_manager", from_on=ON, by=chief, now=NOW)
    with pytest.raises(NotYourself):
        actions.end_post(post=post, to_on=ON, by=chief, now=NOW)
    chief.refresh_from_db()
    assert chief.roles == ["administrator"]
    assert Post.objects.get().to_on is None


def test_the_last_administrator_keeps_the_post():
    chief = person("顾远", "administrator")
    post = Post.objects.get(user=chief)
    with pytest.raises(LastAdministrator):
        actions.end_post(post=post, to_on=ON, by=None, now=NOW)
    assert Post.objects.get().to_on is None
    Post.objects.update(to_on=ON + timedelta(days=3))  # it runs out by its date
    other = person("许诺", "account_manager")
    Post.objects.filter(user=other).update(to_on=ON + timedelta(days=3))
    assert (
        actions.follow_posts(NOW + timedelta(days=4)) == 1
    )  # the other's right is taken all the same
    chief.refresh_from_db()
    other.refresh_from_db()
    assert chief.roles == ["administrator"]
    assert other.roles == []


def test_a_post_with_an_end_is_ended_earlier():
    kam = person("李慕言")
    post = actions.appoint(
        user=kam, role="account_manager", from_on=ON - timedelta(days=9), to_on=ON + timedelta(days=30), by=None, now=NOW,
    )  # fmt: skip
    actions.end_post(post=post, to_on=ON, by=None, now=NOW)
    kam.refresh_from_db()
    assert kam.roles == []


def test_the_same_post_is_not_given_twice():
    kam = person("李慕言", "account_manager")
    with pytest.raises(AlreadyHeld):
        actions.appoint(user=kam, role="account_manager", from_on=ON, by=None, now=NOW)
    assert Post.objects.filter(user=kam).count() == 1


def test_an_unknown_role_is_refused_and_nothing_changes():
    kam = person("李慕言")
    with pytest.raises(BadInput) as refused:
        actions.appoint(user=kam, role="acount_manager", from_on=ON, by=None, now=NOW)
    assert "role" in refused.value.fields
    assert not Post.objects.exists()


@pytest.mark.parametrize("to_on", [ON, date(2026, 10, 1)])
def test_a_leave_that_ends_before_it_begins_is_refused(to_on):
    kam = person("李慕言")
    with pytest.raises(BadInput):
        actions.take_leave(user=kam, substitute=None, from_on=ON, to_on=to_on, by=None, now=NOW)
    assert not Leave.objects.exists()


def test_nobody_is_away_twice_at_the_same_time():
    kam = person("李慕言")
    actions.take_leave(
        user=kam, substitute=None, from_on=ON, to_on=date(2026, 10, 20), by=None, now=NOW
    )
    with pytest.raises(AwayTwice):
        actions.take_leave(
            user=kam,
            substitute=None,
            from_on=date(2026, 10, 19),
            to_on=date(2026, 10, 30),
            by=None,
            now=NOW,
        )
    assert Leave.objects.count() == 1


def test_reading_the_holders_of_a_day_takes_a_fixed_number_of_queries(django_assert_num_queries):
    lead = person("钱磊", "after_sales_head")
    for number in range(5):
        person(f"工程师{number}", "field_engineer", team_id=team(lead=lead).pk)
    with django_assert_num_queries(3):
        queries.holders(on=ON)
