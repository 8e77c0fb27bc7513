"""What the parameters of duties, their pauses, waivers and verification may say."""

from __future__ import annotations

from bihuan.base.parameters import Roles
from bihuan.lib.policy.values import Read, Shape, Whole, Words
from bihuan.lib.workcal import Duration

SHAPES: dict[str, Shape] = {
    "arrivals.within": Read(Duration.parse, "3mo"),
    "pause.longest": Read(Duration.parse, "30d"),
    "waive.grace": Read(Duration.parse, "1wd"),
    "waiver.per_clause": Whole("20"),
    "waiver.per_customer": Whole("3"),
    "verify.customer": Roles(most=1),
    "verify.independent": Roles(most=1),
    "verify.not_team_lead": Words(("true", "false"), most=1),
}
