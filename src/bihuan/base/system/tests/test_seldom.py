"""What seldom changes is read once, and anew after every change of its tables."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from bihuan.base.clock import now
from bihuan.base.seldom import seldom
from bihuan.base.sql import rows
from bihuan.base.system.company import company, set_company
from bihuan.base.together import reading, together

pytestmark = pytest.mark.django_db


@seldom("system_company")
def names():
    read.append(1)
    return [name for (name,) in rows("SELECT name FROM system_company ORDER BY id")]


read: list[int] = []


def name(text):
    set_company(by=None, now=now(), name=text)


def readings(work):
    del read[:]
    found = work()
    return found, len(read)


def test_it_is_read_once_until_its_table_changes(django_assert_num_queries):
    name("甲")
    assert names() == ["甲"]
    assert readings(names) == (["甲"], 0)
    name("乙")
    assert readings(names) == (["乙"], 1)
    assert company().name == "乙"
    with django_assert_num_queries(1), reading():  # the marks, for all that a page asks
        for _ in range(5):
            names()
            company()


def test_a_change_that_does_not_come_from_here_is_seen():
    name("甲")
    names()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE system_company SET name = '丙'")
    assert readings(names) == (["丙"], 1)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE system_company")
    assert readings(names) == ([], 1)


def test_what_was_read_of_a_change_that_is_taken_back_is_forgotten():
    name("甲")
    for text in ("乙", "丙"):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            name(text)
            assert names() == [text]  # one's own change, before it is sure
            raise ZeroDivisionError
        assert names() == ["甲"]


def test_among_many_deeds_each_change_is_seen():
    name("甲")
    with together():
        assert names() == ["甲"]
        name("乙")
        assert names() == ["乙"]


def test_answers_are_kept_for_each_question():
    @seldom("system_company")
    def asked(number, *, more=0):
        read.append(1)
        return number + more

    name("甲")
    assert readings(lambda: [asked(1), asked(2), asked(1), asked(1, more=5)]) == ([1, 2, 1, 6], 3)
