"""The address that WeCom calls, and the form that makes one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.tickets.doors import wecom
from bihuan.apps.tickets.doors.forms import WecomForm
from bihuan.apps.tickets.doors.hooks import announced
from bihuan.apps.tickets.doors.models import WecomApp
from bihuan.apps.tickets.views.common import now_and_who
from bihuan.base import clock
from bihuan.base.access.fresh import sensitive
from bihuan.base.access.policy import needs, public
from bihuan.base.errors import BadInput, NoSuchThing, Refusal


@csrf_exempt
@public("WeCom signs and encrypts what it sends; the signature is what opens it")
@require_http_methods(["GET", "POST"])
def address(request: HttpRequest, code: str) -> HttpResponse:
    """GET: WeCom proves the address; POST: a message."""
    asked = request.GET
    signed = wecom.Signed(
        asked.get("msg_signature", "")[:80], asked.get("timestamp", "")[:20], asked.get("nonce", "")[:80]
    )  # fmt: skip
    try:
        announced(request.headers.get("Content-Length"))
        if request.method == "GET":
            echo = asked.get("echostr", "")[:4000]
            found = wecom.verify(code=code, signed=signed, echo=echo, now=clock.now())
            return HttpResponse(found, content_type="text/plain; charset=utf-8")
        found = wecom.take(code=code, signed=signed, body=request.body, now=clock.now())
    except Refusal as refusal:
        return HttpResponse(str(refusal), status=refusal.status, content_type="text/plain; charset=utf-8")  # fmt: skip
    kind = "application/xml" if found else "text/plain"
    return HttpResponse(found, content_type=f"{kind}; charset=utf-8")


@needs("tickets.channels")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive
def new(request: HttpRequest) -> HttpResponse:
    """A new address for an application of WeCom."""
    now, person = now_and_who(request)
    form = WecomForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            wecom.add_app(**form.cleaned_data, by=person, now=now)
        except BadInput as bad:
            for name, sentence in bad.fields.items():
                form.add_error(name, sentence)
        else:
            messages.success(
                request, _("已保存。把地址填到企业微信后台的“接收消息”里，由它来验证。")
            )
            return redirect("tickets:ways")
    status = 422 if form.errors else 200
    return render(request, "tickets/doors/wecom.html", {"form": form}, status=status)


@needs("tickets.channels")
@require_POST
def toggle(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = WecomApp.objects.filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    wecom.toggle_app(app=row, by=person, now=now)
    return redirect("tickets:ways")
