"""What the views of knowledge share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.apps.assets import profile
from bihuan.apps.knowledge import words
from bihuan.apps.knowledge.actions.articles import waiting
from bihuan.apps.knowledge.models import Article
from bihuan.apps.knowledge.queries import articles
from bihuan.apps.knowledge.rules import circle
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.texts import in_language


def now_and_who(request: HttpRequest) -> tuple[datetime, User]:
    assert isinstance(request.user, User)
    return clock.now(), request.user


def article_at(person: User, pk: int) -> Article:
    """An article that this person may read. Raises NoSuchThing."""
    found = articles(person).select_related("published_by").filter(pk=pk).first()
    if found is None:
        raise NoSuchThing
    return found


def submit(form: forms.Form, deed: Callable[[], object]) -> bool:
    """Do the deed with a valid form; a refusal becomes a sentence above it."""
    if not form.is_valid():
        return False
    try:
        deed()
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *forms_: forms.BaseForm
) -> HttpResponse:
    """The page; 422 when a form was handed in with faults."""
    bad = any(form.is_bound and form.errors for form in forms_)
    return render(request, f"knowledge/{template}.html", context, status=422 if bad else 200)


def said(row: Article, *, latest: bool = False) -> dict[str, Any]:
    """An article with its titles; `latest` shows what was written last."""
    content, families = row.latest if latest else row.content, profile.family_titles()
    return {
        "row": row, "content": content, "title": in_language({"zh": content.title, "en": content.title_en or content.title}),
        "kind": words.title(words.KIND, content.kind), "icon": words.KIND_ICON.get(content.kind, "book"),  # type: ignore[call-overload]
        "status": words.title(words.STATUS, row.status), "colour": words.STATUS_COLOUR[row.status],  # type: ignore[index]
        "audiences": [words.title(words.AUDIENCE, each) for each in words.AUDIENCE if each in content.audiences],
        "families": [families.get(each, each) for each in content.families],
        "waiting": waiting(row), "circle": words.title(words.AUDIENCE, circle(content.audiences)),
    }  # fmt: skip
