"""Demands over REST."""

from __future__ import annotations

from bihuan.apps.customers.actions import add_customer
from bihuan.apps.demands.tests.factories import demand, reviewed
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in


def test_the_archive_is_read_page_by_page_and_one_with_its_history(house):
    with clock.set_to(house.now):
        rows = [
            demand(house.customer, house.analyst, house.now, text=f"第 {n} 条") for n in range(3)
        ]
        reviewed(rows[1], house.boss, house.now)
        drain(house.now)
        client = signed_in(house.analyst)
        first = client.get("/api/demands/", {"limit": 2}).json()
        assert [each["id"] for each in first["items"]] == [rows[0].pk, rows[1].pk]
        rest = client.get("/api/demands/", {"after": first["next"]}).json()
        assert ([each["id"] for each in rest["items"]], rest["next"]) == ([rows[2].pk], None)
        going = client.get(
            "/api/demands/", {"state": "ACCEPTED", "customer": house.customer.pk}
        ).json()
        assert [each["number"] for each in going["items"]] == [rows[1].number]
        one = client.get(f"/api/demands/{rows[1].pk}").json()
        assert (one["text"], one["priority"], one["customer"]) == ("第 1 条", 3, house.customer.pk)
        assert [each["deed"] for each in one["steps"]] == ["RECEIVED", "REVIEWED"]
        assert "demand.propose" in {each["kind"] for each in one["duties"]}
        assert client.get("/api/demands/", {"state": "NOSUCH"}).status_code == 422


def test_nothing_beyond_the_callers_reach(house):
    with clock.set_to(house.now):
        other = make_person("account_manager", region="west", name="外区经理")
        theirs = add_customer(
            name="外区客户有限公司", region="west", account_manager=other, by=None, now=house.now
        )
        row = demand(theirs, other, house.now)
        mine = demand(house.customer, house.analyst, house.now)
        client = signed_in(house.manager)
        assert [each["id"] for each in client.get("/api/demands/").json()["items"]] == [mine.pk]
        assert client.get("/api/demands/", {"customer": theirs.pk}).json()["items"] == []
        assert client.get(f"/api/demands/{row.pk}").status_code == 404
        outsider = signed_in(make_person("supplier_staff", name="魏供"))
        assert outsider.get("/api/demands/").status_code == 403
        assert outsider.get(f"/api/demands/{mine.pk}").status_code in (403, 404)
