"""When everybody comes at once, who waited in vain is told so, and nothing of his was done."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from psycopg_pool import ConnectionPool, PoolTimeout

from bihuan.base.access.policy import public

handler500 = "bihuan.base.ui.views.server_error"


@public("a test")
def crowded(request: HttpRequest) -> HttpResponse:
    """As Django asks for a connection of a pool whose only one is away."""
    with ConnectionPool(open=False, min_size=0, max_size=1, timeout=0.01) as pool:
        pool.open()
        try:
            pool.getconn()
        except PoolTimeout as error:
            raise OperationalError(str(error)) from error
    raise AssertionError


@public("a test")
def held(request: HttpRequest) -> HttpResponse:
    """As PostgreSQL answers who waited too long for rows that others hold."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DO $$ BEGIN RAISE EXCEPTION 'lock timeout' USING ERRCODE = 'lock_not_available'; END $$"
        )
    raise AssertionError


@public("a test")
def broken(request: HttpRequest) -> HttpResponse:
    raise OperationalError


urlpatterns = [path("crowded/", crowded), path("held/", held), path("broken/", broken)]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("url", "status", "says"),
    [
        ("/crowded/", 503, "系统太忙"),
        ("/held/", 503, "别人正在改同一份资料"),
        ("/broken/", 500, "程序出错了"),
    ],
)
def test_an_answer_that_has_no_connection_says_that_it_is_busy(url, status, says):
    answer = Client(raise_request_exception=False).get(url)
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert answer.headers.get("Retry-After") == ("10" if status == 503 else None)
