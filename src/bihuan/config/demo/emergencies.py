"""What is said in public, and emergencies at customers."""

from __future__ import annotations

from datetime import datetime

from bihuan.config.demo.flows import teller
from bihuan.config.demo.stage import Known, Stage


def opinion(stage: Stage, at: datetime) -> None:
    """Something is said in public."""
    chance, number = stage.chance, f"YQ-{stage.book.number('opinion'):03d}"
    say = teller(stage, {"company": 1}, ("opinion", number))
    say(
        "opinion.found",
        at,
        stage.maker.who("marketing"),
        negative=True,
        source=chance.pick(["SOCIAL", "FORUM", "VIDEO"]),
        spread=chance.pick(["LOW", "LOW", "MEDIUM"]),
    )
    ours = chance.yes(0.4)
    checked = say(
        "opinion.assessed",
        chance.after(at, (3, 20)),
        stage.maker.who("marketing"),
        untrue=not ours,
        ours=ours,
    )
    say("statement.published", chance.after(checked, (4, 22)), stage.maker.who("market_head"))


def incident(stage: Stage, customer: Known, at: datetime) -> None:
    """An emergency at a customer, with team, recovery and review."""
    chance = stage.chance
    say = teller(
        stage, {"customer": customer.pk}, ("incident", f"YJ-{stage.book.number('incident'):03d}")
    )
    say(
        "incident.opened",
        at,
        stage.maker.who("after_sales_head"),
        scenario=chance.pick(["MECHANICAL", "POWER_LOSS", "SOFTWARE"]),
        level="WARN",
    )
    say("incident.team_called", chance.after(at, (0.3, 1.5)), stage.maker.who("after_sales_head"))
    say("incident.contained", chance.after(at, (3, 9)), stage.maker.who("after_sales_head"))
    recovered = say(
        "incident.recovered", chance.after(at, (12, 50)), stage.maker.who("after_sales_head")
    )
    say(
        "incident.reviewed",
        chance.at_work(stage.calendar, chance.after(recovered, (30, 90))),
        stage.maker.who("after_sales_head"),
    )
