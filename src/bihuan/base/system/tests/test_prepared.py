"""A question that is written once finds what the same question written anew finds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Count, F, Q

from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.counting import counted
from bihuan.base.notify.models import Notice
from bihuan.base.prepared import kept_of, prepared
from bihuan.base.system.company import company
from bihuan.base.system.models import Answered
from bihuan.base.testing.people import make_person
from bihuan.base.together import NotPlain

pytestmark = pytest.mark.django_db


@prepared
def named(name, pks):
    return User.objects.filter(Q(name=name) | Q(pk__among=pks)).order_by("pk")


@prepared
def unread_of(person, since):
    rows = (
        Notice.objects.filter(to=person, at__gte=since)
        .select_related("to")
        .annotate(twice=F("pk") * 2)
    )
    return rows.only("title", "to__name").order_by("pk")


@prepared
def names(role):
    return User.objects.filter(roles__contains=[role]).order_by("pk").values_list("name", flat=True)


@prepared
def counts(pk):
    return User.objects.filter(pk=pk).annotate(n=Count("notices")).values_list("name", "n")


@prepared
def active(*, person, flag):
    rows = User.objects.filter(is_active=flag).order_by("pk")
    return rows if "service_desk" in person.roles else rows.filter(pk=person.pk)


@prepared
def answered(status, more):
    rows = Answered.objects.filter(status=status, status__gte=more)
    return rows.order_by("pk").values_list("status", flat=True)


@prepared
def nothing(pk):
    return User.objects.none().filter(pk=pk)


def notice(to, title):
    return Notice.objects.create(to=to, title={"zh": title}, at=clock.now(), kind="x")


def test_it_finds_rows_by_other_values_each_time(django_assert_num_queries):
    people = [make_person("service_desk", name=name) for name in ("甲", "乙", "丙")]
    assert named("甲", [people[1].pk]) == people[:2]
    with django_assert_num_queries(1):
        found = named("丙", [people[0].pk, people[1].pk])
        assert found == people
        assert found[0].roles == ["service_desk"]
    assert named("没有", []) == []
    assert isinstance(found[0]._state.adding, bool) and not found[0]._state.adding


def test_rows_come_with_what_is_joined_reckoned_and_left_out(django_assert_num_queries):
    person, other = make_person("service_desk", name="甲"), make_person("service_desk", name="乙")
    first = notice(person, "一")
    notice(other, "二")
    for whose, since in ((other, clock.now() + timedelta(days=1)), (person, first.at)):
        found = unread_of(whose.pk, since)
    with django_assert_num_queries(0):
        ((title, name, twice),) = [(each.title, each.to.name, each.twice) for each in found]
    assert (title["zh"], name, twice) == ("一", "甲", 2 * first.pk)
    with django_assert_num_queries(1):
        assert found[0].at == first.at  # left out, asked when it is wanted


def test_tuples_single_values_and_nothing():
    person = make_person("service_desk", name="甲")
    assert counts(person.pk) == [("甲", 0)]
    notice(person, "一")
    assert counts(person.pk) == [("甲", 1)]
    assert nothing(1) == []


def test_a_number_may_stand_in_a_small_column():
    for status in (200, 404):
        Answered.objects.create(key=str(status), status=status, body=b"", at=clock.now())  # fmt: skip
    for status, found in ((404, [404]), (200, [200]), (500, []), (70_000, []), (10**20, [])):
        assert answered(status, 1) == found


def test_what_shapes_it_is_another_question():
    desk, engineer = make_person("service_desk"), make_person("field_engineer")
    away = make_person("field_engineer")
    User.objects.filter(pk=away.pk).update(is_active=False)
    assert engineer in active(person=desk, flag=True)
    assert active(person=engineer, flag=True) == [engineer]
    assert active(person=desk, flag=False) == [away]
    engineer.roles = ["service_desk"]
    assert desk in active(person=engineer, flag=True)


@pytest.mark.parametrize(
    "rows",
    [
        lambda at: Notice.objects.filter(at__gte=at, read_at__lt=at + timedelta(days=1)),
        lambda pk: Notice.objects.filter(pk=pk + 1),
        lambda text: Notice.objects.filter(url__contains=text),
        lambda text: Notice.objects.filter(url=f"关于{text}"),
        lambda pk: Notice.objects.all(),
        lambda pk: Notice.objects.filter(pk=pk, to__in=list(User.objects.all())),
        lambda pk: Notice.objects.filter(pk=pk).values("title"),
        lambda pk: Notice.objects.filter(pk=pk, kind=company().name),
    ],
)  # fmt: skip
def test_a_question_that_is_not_plain_is_refused(rows):
    value = {"at": clock.now(), "pk": 7, "text": "题"}[rows.__code__.co_varnames[0]]
    asked = prepared(rows)
    for _ in range(2):
        with pytest.raises(NotPlain):
            asked(value)


def test_what_is_around_it_is_refused():
    around = 5
    with pytest.raises(TypeError):
        prepared(lambda pk: Notice.objects.filter(pk=pk, to=around))
    for value in (None, True, 1.5):
        with pytest.raises(NotPlain):
            named(value, [1])


def test_a_question_about_one_thing_is_written_once_for_each_reach():
    people = [make_person("service_desk") for _ in range(2)]
    for _ in range(2):
        for person in people:
            for other in people:
                asked = kept_of("named", person, other.pk, noticed)
                assert counted({"n": asked})["n"] == (person == other)
    assert counted({"n": kept_of("named", people[0], 2**40, noticed)})["n"] == 0


def noticed(person, pk):
    return User.objects.filter(pk=pk).filter(pk=person.pk)


def test_a_question_about_one_thing_that_looks_something_up_is_refused():
    person = make_person("service_desk")

    def looks(person, pk):
        return User.objects.filter(pk__in=list(User.objects.filter(pk=pk)))

    with pytest.raises(NotPlain):
        kept_of("looks", person, person.pk, looks)
    with pytest.raises(NotPlain):
        kept_of("all", person, person.pk, lambda person, pk: User.objects.all())
