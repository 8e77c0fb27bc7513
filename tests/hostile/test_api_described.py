"""The API against its own description: every operation, every set of rights, sense and nonsense."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import cycle
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core import NOT_SET
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks

from bihuan.apps.tickets.tests.conftest import house
from bihuan.apps.tickets.tests.factories import ticket
from bihuan.base import clock
from bihuan.base.access.rights import RIGHTS
from bihuan.base.access.scope import reaches
from bihuan.base.access.tokens import make_token
from bihuan.base.api.site import api
from bihuan.base.testing.routes import walkers

__all__ = ["house"]
EXAMPLES = 5
AS_DESCRIBED = [
    not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
    checks.response_schema_conformance,
]  # fmt: skip


def described():
    raw = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return schemathesis.openapi.from_dict(raw)


def asked(case, head) -> requests.PreparedRequest:
    given = case.as_transport_kwargs(base_url="http://testserver")
    given["headers"] = {**dict(given.get("headers") or {}), **head}
    return requests.Request(**given).prepare()


def answered(request: requests.PreparedRequest) -> schemathesis.Response:
    """What the product answers, taken through its own middleware."""
    place = urlsplit(request.url)
    body = request.body or b""
    answer = Client(raise_request_exception=False).generic(
        request.method,
        place.path,
        body if isinstance(body, bytes) else body.encode(),
        content_type=request.headers.get("Content-Type", "application/json"),
        query_string=place.query,
        headers={
            k: v
            for k, v in request.headers.items()
            if k not in ("Content-Length", "Accept-Encoding")
        },
    )
    kept = {name.lower(): [value] for name, value in answer.headers.items()}
    return schemathesis.Response(answer.status_code, kept, answer.content, request, 0.0, False)


def callers(now):
    """A token of each set of rights with all that it may name, nobody, and somebody forged."""
    found = [{}, {"Authorization": "Bearer bh_" + "0" * 40}]
    for person in walkers():
        scopes = [verb for verb in RIGHTS if person and reaches(person, verb)]
        if scopes:
            _row, token = make_token(
                person, title="t", scopes=scopes, expires_at=now + timedelta(days=1), by=None, now=now
            )  # fmt: skip
            found.append({"Authorization": f"Bearer {token}"})
    return found


def tried(operation, heads, places, seen: set[int]) -> None:
    """Some calls of one operation, with sense and with nonsense, each by the next caller."""

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    @given(st.data())
    def ask(data):
        mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if "pk" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["pk"] = next(places)
        checked(case, next(heads), seen)

    ask()


def checked(case, head, seen: set[int]) -> None:
    answer = answered(asked(case, head))
    seen.add(answer.status_code)
    case.validate_response(answer, checks=AS_DESCRIBED)


@pytest.mark.django_db
def test_every_operation_answers_every_caller_as_it_is_described(house):
    rows = [ticket(house.machine, house.desk, house.now, title=f"异响{n}") for n in range(3)]
    places = cycle([*(str(each.pk) for each in rows), str(house.customer.pk), "0", str(2**63)])
    wrong: list[str] = []
    with clock.set_to(house.now):
        everybody = callers(house.now)
        heads = cycle(everybody)
        for operation in (each.ok() for each in described().get_all_operations()):
            seen: set[int] = set()
            try:
                for head in everybody:  # each of them once with the same plain call
                    place = {"pk": str(rows[0].pk), "uid": "x"}
                    names = {each.name for each in operation.path_parameters}
                    case = operation.Case(
                        path_parameters={name: place[name] for name in names},
                        body={} if operation.body else NOT_SET,
                        media_type="application/json" if operation.body else None,
                    )
                    checked(case, head, seen)
                tried(operation, heads, places, seen)
            except (Failure, FailureGroup) as failure:
                wrong.append(f"{operation.label}: {failure}")
            if not {401, 403} <= seen:
                wrong.append(f"{operation.label}: {seen}")
    assert not wrong, "\n\n".join(wrong)
