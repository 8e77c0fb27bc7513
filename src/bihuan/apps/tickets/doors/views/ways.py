"""Mailboxes and webhooks: which ways lead in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.apps.tickets import words
from bihuan.apps.tickets.doors import hooks, mailboxes
from bihuan.apps.tickets.doors.forms import HookForm, MailboxForm
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.doors.models import Hook, Mailbox, WecomApp
from bihuan.apps.tickets.views.common import now_and_who
from bihuan.base import clock
from bihuan.base.access.fresh import sensitive
from bihuan.base.access.policy import needs, public
from bihuan.base.errors import NoSuchThing, Refusal


def _mailbox(pk: int) -> Mailbox:
    row = Mailbox.objects.filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    return row


@needs("tickets.channels")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive
def ways(request: HttpRequest) -> HttpResponse:
    """All of them, and a new webhook."""
    now, person = now_and_who(request)
    form = HookForm(request.POST or None)
    made, secret = None, ""
    if request.method == "POST" and form.is_valid():
        made, secret = hooks.add_hook(
            title=form.cleaned_data["title"], channel=form.cleaned_data["channel"],
            mapping=form.mapping(), by=person, now=now,
        )  # fmt: skip
        form = HookForm()
    boxes = [
        {"row": row, "error": str(mailboxes.ERRORS.get(row.error, row.error))}
        for row in Mailbox.objects.order_by("address")
    ]
    rows = [
        {"row": row, "channel": words.title(words.CHANNEL, row.channel)}
        for row in Hook.objects.order_by("title")
    ]
    return render(
        request, "tickets/doors/ways.html",
        {"boxes": boxes, "hooks": rows, "wecoms": WecomApp.objects.order_by("title"), "form": form, "made": made, "secret": secret},
        status=422 if form.is_bound else 200,
    )  # fmt: skip


@needs("tickets.channels")
@require_POST
def toggle_hook(request: HttpRequest, pk: int) -> HttpResponse:
    now, person = now_and_who(request)
    row = Hook.objects.filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    hooks.toggle_hook(hook=row, by=person, now=now)
    return redirect("tickets:ways")


@needs("tickets.channels")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive
def mailbox(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """A new mailbox, or a change of one."""
    now, person = now_and_who(request)
    row = _mailbox(pk) if pk else Mailbox(made_at=now)
    form = MailboxForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        row = mailboxes.save(
            row=form.save(commit=False), secret=form.cleaned_data["secret"], by=person, now=now
        )
        messages.success(request, _("已保存。请点“试一试”看能不能收信。"))
        return redirect("tickets:ways")
    return render(
        request, "tickets/doors/mailbox.html", {"form": form, "pk": pk},
        status=422 if form.is_bound else 200,
    )  # fmt: skip


@needs("tickets.channels")
@require_POST
def test_mailbox(request: HttpRequest, pk: int) -> HttpResponse:
    """Try to sign in and to open the folder; nothing is read."""
    now, person = now_and_who(request)
    code, count = mailboxes.test(row=_mailbox(pk), by=person, now=now)
    if code:
        messages.error(request, str(mailboxes.ERRORS[code]))
    else:
        messages.success(request, _("连接正常，文件夹里有 %(n)d 封邮件。") % {"n": count})
    return redirect("tickets:ways")


@csrf_exempt
@public("a signed message of another system; the signature is what opens it")
@require_POST
def hook(request: HttpRequest, code: str) -> HttpResponse:
    """A message by webhook; the answer says what became of it."""
    now = clock.now()
    try:
        hooks.announced(request.headers.get("Content-Length"))
        done = hooks.take(
            code=code,
            header=request.headers.get("X-Bihuan-Signature", ""),
            body=request.body,
            now=now,
        )
    except Refusal as refusal:
        said = {"code": refusal.code, "message": str(refusal)}
        return JsonResponse(said, status=refusal.status)
    opening = opens_at(now, done.ticket)
    return JsonResponse(
        {
            "id": done.envelope.pk, "disposition": done.disposition, "new": done.new,
            "ticket": done.ticket.number if done.ticket else None,
            "opens_at": opening.isoformat() if opening else None,
        }
    )  # fmt: skip
