"""Who may not carry out a duty, although it is theirs."""

from __future__ import annotations

import pytest

from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.guards import check
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.apps.obligations.refusals import NotByDoer
from bihuan.apps.obligations.tests import factories as make

pytestmark = pytest.mark.django_db


def duty(rule: str, subject: tuple[str, int], occasion: str, cause: str) -> Obligation:
    """One duty of the house made another: what a guard looks at."""
    row = Obligation.objects.filter(rule=rule).earliest("pk")
    row.subject_type, row.subject_id = subject
    row.occasion, row.cause_kind, row.match = occasion, cause, {}
    row.needs = ["independent"]
    row.save()
    return row


@pytest.mark.parametrize(
    ("subject", "occasion", "cause", "refused"),
    [
        (("company", 1), "2026-Q4", CADENCE, False),  # whoever wrote a report of this quarter
        (("company", 1), "T1", "fault.reported", True),
        (("customer", 1), "2026-Q4", CADENCE, True),
    ],
)
def test_who_did_other_work_of_a_matter_is_not_independent_of_it(subject, occasion, cause, refused):
    home = make.house()
    make.customer(home)
    home.told("fault.reported", "2026-03-09 09:00", subjects={"asset": 7, "customer": 1}, ticket="T1", severity="NORMAL")  # fmt: skip
    home.told("fault.reported", "2026-03-09 09:00", subjects={"asset": 8, "customer": 1}, ticket="T2", severity="URGENT")  # fmt: skip
    row = duty("fault.normal.phone", subject, occasion, cause)
    done = duty("fault.urgent.phone", subject, occasion, cause)
    done.state, done.discharged_by, done.discharged_at = State.DISCHARGED, home.chen, row.cause_at
    done.save()
    if refused:
        with pytest.raises(NotByDoer):
            check(row, home.chen)
    else:
        check(row, home.chen)
    check(row, home.qian)
