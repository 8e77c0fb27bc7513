"""Administration of accounts, and what everybody sees of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.base import clock, registry
from bihuan.base.access import actions, links, queries, tokens
from bihuan.base.access.forms import (
    PasswordForm,
    TokenForm,
    UserForm,
    dealer_code,
    offered,
    role_choices,
)  # fmt: skip
from bihuan.base.access.fresh import sensitive
from bihuan.base.access.models import ApiToken, User
from bihuan.base.access.policy import needs, public, signed_in
from bihuan.base.access.scope import may
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.system.idempotency import idempotent
from bihuan.base.ui.addresses import outward
from bihuan.base.ui.paging import paged


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def account_of(pk: int) -> User:
    found = User.objects.filter(pk=pk).first()
    if found is None:
        raise NoSuchThing
    return found


@needs("people.manage")
@require_safe
def users(request: HttpRequest) -> HttpResponse:
    closed = request.GET.get("view") == "closed"
    role = request.GET.get("role", "")
    rows = queries.accounts(text=request.GET.get("q", ""), role=role, closed=closed)
    page = paged(request, rows)
    regions = dict(offered("region"))
    here = reverse("access:users")
    views = [
        {
            "title": _("在用"),
            "url": here,
            "count": queries.accounts().count(),
            "current": not closed,
        },
        {
            "title": _("已停用"),
            "url": f"{here}?view=closed",
            "count": queries.accounts(closed=True).count(),
            "current": closed,
        },
    ]
    return render(
        request,
        "access/users.html",
        {
            "page": page,
            "rows": [
                (row, queries.role_titles(row), regions.get(row.region, row.region)) for row in page
            ],
            "views": views,
            "query": request.GET.get("q", ""),
            "keep": {"view": "closed"} if closed else {},
            "role": role,
            "roles": role_choices(),
        },
    )


@needs("people.manage")
@sensitive
@idempotent
def user_new(request: HttpRequest) -> HttpResponse:
    form = UserForm(request.POST or None, person=person_of(request), initial={"language": "zh"})
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.add_user(by=person_of(request), now=clock.now(), **form.values())
        except Refusal as refusal:
            _on_form(form, refusal)
        else:
            messages.success(request, _("账号已建好。把一次性链接交给本人，由本人设密码。"))
            return redirect("access:user", made.pk)
    return render(request, "access/user_form.html", {"form": form}, status=_status(form))


@needs("people.manage")
@require_safe
def user(request: HttpRequest, pk: int) -> HttpResponse:
    return _user_page(request, account_of(pk))


@needs("people.manage")
@sensitive
@idempotent
def user_edit(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_of(pk)
    person = person_of(request)
    initial = {name: getattr(account, name) for name in actions.FIELDS}
    initial["dealer"] = dealer_code(account)
    form = UserForm(request.POST or None, person=person, account=account, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_user(account, values=form.values(), by=person, now=clock.now())
        except Refusal as refusal:
            _on_form(form, refusal)
        else:
            messages.success(request, _("已保存。"))
            return redirect("access:user", account.pk)
    return render(
        request, "access/user_form.html", {"form": form, "account": account}, status=_status(form)
    )


@needs("people.manage")
@require_POST
@sensitive
def user_link(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_of(pk)
    link, token = links.make_link(account, by=person_of(request), now=clock.now())
    url = outward(reverse("access:link", args=[token]), request)
    return _user_page(request, account, link=link, link_url=url)


DEEDS = {
    "close": actions.close_account,
    "open": actions.open_account,
    "factors": actions.drop_second_factors,
}


@needs("people.manage")
@require_POST
@sensitive
def user_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    account = account_of(pk)
    if deed not in DEEDS:
        raise NoSuchThing
    try:
        DEEDS[deed](account, by=person_of(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已完成。"))
    return redirect("access:user", pk)


@needs("api.tokens")
@sensitive
def token_new(request: HttpRequest, pk: int) -> HttpResponse:
    account = account_of(pk)
    form = TokenForm(request.POST or None, account=account)
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        _row, text = tokens.make_token(
            account,
            title=form.cleaned_data["title"],
            scopes=form.cleaned_data["scopes"],
            expires_at=now + timedelta(days=form.cleaned_data["days"]),
            by=person_of(request),
            now=now,
        )
        return _user_page(request, account, token_text=text)
    context = {"form": form, "account": account}
    return render(request, "access/token_form.html", context, status=_status(form))


@needs("api.tokens")
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = ApiToken.objects.filter(pk=pk).first()
    if token is None:
        raise NoSuchThing
    tokens.revoke_token(token, by=person_of(request), now=clock.now())
    messages.success(request, _("令牌已作废。"))
    return redirect("access:user", token.user_id)


@public("the token in the address is the key; works once")
def link(request: HttpRequest, token: str) -> HttpResponse:
    now = clock.now()
    found = links.link_for(token, now)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            links.use_link(token, password=form.cleaned_data["password"], now=now)
        except BadInput as bad:
            _on_form(form, bad)
        else:
            messages.success(request, _("密码已设好，请登录。"))
            return redirect("account_login")
    answer = render(
        request, "access/link.html", {"form": form, "account": found.user}, status=_status(form)
    )
    answer["Referrer-Policy"] = "same-origin"  # `no-referrer` posts forms with a null origin
    return answer


@signed_in
@require_safe
def profile(request: HttpRequest) -> HttpResponse:
    account = person_of(request)
    return render(
        request, "access/profile.html",
        {"account": account, "roles": queries.role_titles(account), "region": _region(account)},
    )  # fmt: skip


def _region(account: User) -> str:
    """The name of its region; the code where no app knows it."""
    return dict(offered("region")).get(account.region, account.region)


def _user_page(request: HttpRequest, account: User, **more: Any) -> HttpResponse:
    from allauth.mfa.models import Authenticator
    from allauth.usersessions.models import UserSession

    answer = render(
        request,
        "access/user.html",
        {
            "account": account,
            "roles": queries.role_titles(account),
            "region": _region(account),
            "factors": Authenticator.objects.filter(user=account).count(),
            "sessions": UserSession.objects.filter(user=account).count(),
            "tokens": account.api_tokens.order_by("-made_at"),
            "now": clock.now(),
            "hand_over": _hand_over(request, account),
            **more,
        },
    )
    answer["Referrer-Policy"] = "same-origin"  # `no-referrer` posts forms with a null origin
    return answer


def _hand_over(request: HttpRequest, account: User) -> str:
    """The page on which this account's work gets heirs, for who may open it."""
    page = registry.link("people.hand_over")
    may_open = page is not None and may(person_of(request), page.needs)
    return f"{page.url}?person={account.pk}" if page and may_open else ""


def _on_form(form: Any, refusal: Refusal) -> None:
    fields = refusal.fields if isinstance(refusal, BadInput) else {"": str(refusal)}
    for name, text in fields.items():
        form.add_error(name if name in form.fields else None, text)


def _status(form: Any) -> int:
    return 422 if form.is_bound else 200
