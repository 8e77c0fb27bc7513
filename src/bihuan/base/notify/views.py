"""The bell, its list, and what could not be sent."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.base import clock
from bihuan.base.access.fresh import sensitive
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs, signed_in
from bihuan.base.errors import NoSuchThing
from bihuan.base.notify import actions, queries, sending
from bihuan.base.notify.forms import PreferenceForm, WebhookForm
from bihuan.base.notify.models import Notice, Preference, Webhook
from bihuan.base.ui.paging import paged


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@signed_in
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    rows = queries.of(person)
    only_new = request.GET.get("view") != "all"
    here = reverse("notify:list")
    count = queries.unread(person).count()
    views = [
        {"title": _("未读"), "url": here, "count": count, "hot": True, "current": only_new},
        {
            "title": _("全部"),
            "url": f"{here}?view=all",
            "count": rows.count(),
            "current": not only_new,
        },
    ]
    shown = rows.filter(read_at=None) if only_new else rows
    page = paged(request, shown)
    return render(request, "notify/list.html", {"page": page, "views": views, "count": count})


@signed_in
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """The newest few, for the drawer."""
    rows = queries.of(person_of(request))[:10]
    return render(request, "notify/bell.html", {"rows": rows})


@signed_in
@require_POST
def open_notice(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    notice = Notice.objects.filter(pk=pk, to=person).first()
    if notice is None:
        raise NoSuchThing
    actions.read([pk], by=person, now=clock.now())
    safe = url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None)
    return redirect(notice.url if notice.url and safe else "notify:list")


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    actions.read(None, by=person_of(request), now=clock.now())
    return redirect("notify:list")


@signed_in
def preferences(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    wish = Preference.objects.filter(user=person).first() or Preference(user=person)
    form = PreferenceForm(request.POST or None, instance=wish)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("已保存。"))
        return redirect("notify:preferences")
    status = 422 if form.is_bound else 200
    return render(request, "notify/preferences.html", {"form": form}, status=status)


@needs("system.manage")
@sensitive
def webhooks(request: HttpRequest) -> HttpResponse:
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        hook = actions.add_webhook(**form.cleaned_data, by=person_of(request), now=clock.now())
        context = {"form": WebhookForm(), "rows": Webhook.objects.order_by("title"), "made": hook}
        return render(request, "notify/webhooks.html", context)
    rows = Webhook.objects.order_by("title")
    status = 422 if form.is_bound else 200
    return render(request, "notify/webhooks.html", {"form": form, "rows": rows}, status=status)


@needs("system.manage")
@require_POST
def webhook_toggle(request: HttpRequest, pk: int) -> HttpResponse:
    actions.toggle_webhook(pk, by=person_of(request), now=clock.now())
    return redirect("notify:webhooks")


@needs("system.manage")
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    if sending.again(pk, now=clock.now()):
        messages.success(request, _("会再发一次。"))
    return redirect("system:status")
