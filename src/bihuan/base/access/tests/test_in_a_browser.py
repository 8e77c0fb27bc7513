"""Forms of pages whose address is a secret, in a real browser."""

from __future__ import annotations

from django.urls import reverse

from bihuan.base import clock
from bihuan.base.access import links
from bihuan.base.testing.browser import page_tests
from bihuan.base.testing.people import make_person

pytestmark = page_tests
PASSWORD = "corridor-lantern-41"


def test_the_link_of_an_invitation_sets_the_password(open_page):
    made = make_person("service_desk", name="陈台")
    _link, token = links.make_link(made, by=make_person("administrator"), now=clock.now())
    page = open_page(reverse("access:link", args=[token]))
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("main form button[type=submit], form button[type=submit]").last.click()
    page.wait_for_url("**/accounts/login/")
    made.refresh_from_db()
    assert made.check_password(PASSWORD)


def test_an_administrator_sends_the_forms_of_a_person(open_page):
    made, chief = make_person("service_desk", name="陈台"), make_person("administrator")
    page = open_page(reverse("access:user", args=[made.pk]), person=chief)
    page.locator(
        f"form[action$='{reverse('access:user_link', args=[made.pk])}'] button"
    ).first.click()
    page.wait_for_function("document.body.innerHTML.includes('/welcome/')")
