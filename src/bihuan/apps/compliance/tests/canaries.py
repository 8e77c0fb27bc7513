"""A customer, its waived duty and its link out of reach, for the walk over every route."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from bihuan.apps.compliance.links import make
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation, Waiver
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import read_files
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import make_person
from bihuan.base.testing.routes import Canary

WORD = "台账里的夜莺"


def canaries(now: datetime) -> Sequence[Canary]:
    """A waived duty that nobody of the walkers owns, and a link of somebody else's customer."""
    from bihuan.apps.obligations.tests.factories import files

    keeper = make_person("account_manager", name="守台账人", region="R8")
    customer = Customer.objects.create(
        code="LEDGERBIRD", name="守台账的公司", name_key="守台账的公司", pinyin="", initials="",
        region="R8", status="ACTIVE", account_manager=keeper, added_at=now, changed_at=now,
    )  # fmt: skip
    texts = files("canary of compliance")
    pack = read_files(texts)
    version = PackVersion.objects.create(
        code=pack.code, version=pack.version, title={"zh": "试验", "en": "Trial"}, files=texts,
        hash=pack.hash, status="DRAFT", made_at=now,
    )  # fmt: skip
    fact = Fact.objects.create(kind="fault.reported", at=now, told_at=now, data={"fact": {}})
    row = Obligation.objects.create(
        uid=uuid4(), rule="fault.urgent.phone", clause="T-1", clause_number="一·1",
        pack_version=version, subject_type="customer", subject_id=customer.pk, occasion="N2",
        customer=customer, region="R8", kind="response.phone", title={"zh": WORD, "en": WORD},
        role="remote_specialist", assignee=keeper, anchor_at=now, within="4h", calendar="24x7",
        opens_at=now, due_at=now + timedelta(hours=4), state=State.WAIVED, cause=fact, cause_at=now,
        cause_kind=fact.kind,
    )  # fmt: skip
    Waiver.objects.create(obligation=row, reason="FORCE_MAJEURE", note=WORD, by=keeper, at=now)
    link = make(customer=customer, until=now + timedelta(days=1), by=keeper, now=now)
    routes = [("compliance:links", (customer.pk,)), ("compliance:revoke", (link.pk,))]
    return [Canary(WORD, "compliance.see"), Canary(link.nonce, "compliance.share", routes)]
