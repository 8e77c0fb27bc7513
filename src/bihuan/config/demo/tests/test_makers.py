"""Every maker lives under its own pack: many clauses owe something, some of it kept and some not."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, datetime

import pytest

from bihuan.apps.obligations import replay
from bihuan.apps.obligations.models import Obligation, RuleFailure
from bihuan.base.facts.listeners import waiting
from bihuan.base.facts.models import DeadLetter
from bihuan.config.commands.run import MAKERS
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.life import live
from bihuan.config.demo.makers import maker

pytestmark = pytest.mark.django_db(transaction=True)
START, END = date(2026, 1, 1), datetime(2026, 4, 10, 17, 0, tzinfo=ZONE)


@pytest.mark.parametrize("code", MAKERS[1:])
def test_a_maker_lives_under_its_pack(code: str):
    book = live(seed=7, customers=24, start=START, until=END, pack=code)
    rows = Obligation.objects.values_list("clause_number", "state", "fell_due_at")
    if os.environ.get("DEMO_SHOW"):
        print(
            code,
            len(rows),
            len({r[0] for r in rows}),
            Counter(r[1] for r in rows),
            sum(1 for r in rows if r[2]),
        )
        print({k: v for k, v in book.numbers.items() if k.startswith("refused")})
        print(
            Counter(RuleFailure.objects.values_list("rule", "problem"))
            if hasattr(RuleFailure, "problem")
            else RuleFailure.objects.values()[:5]
        )
        print(DeadLetter.objects.values()[:5])
        kinds = Counter(
            Obligation.objects.filter(state="OPEN", due_at__lt=END).values_list("rule", flat=True)
        )
        print("late", kinds)
        from bihuan.base.facts.models import Fact

        print(
            Counter(
                Fact.objects.exclude(kind__startswith="obligation").values_list("kind", flat=True)
            )
        )
        from bihuan.apps.policy.queries import pack_at

        p = pack_at(END)
        got = set(Obligation.objects.values_list("rule", flat=True))
        print("silent rules", sorted(set(p.rules) - got))
    assert not DeadLetter.objects.exists()
