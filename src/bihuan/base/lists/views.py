"""Views of a list and deeds on many rows."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.people import people_of
from bihuan.base.access.policy import signed_in
from bihuan.base.access.scope import may, must, visible
from bihuan.base.errors import BadInput, NoSuchThing
from bihuan.base.lists import actions, bulk
from bihuan.base.lists.forms import ViewForm, initial_of
from bihuan.base.lists.listing import UNDO_FOR, Listing, listing
from bihuan.base.lists.models import Audience, Batch, View
from bihuan.base.lists.page import BATCH, faults
from bihuan.base.lists.queries import arrangement_of, views_of, within
from bihuan.base.lists.questions import in_order, read

LONGEST = 4000
MOST_ROWS = 100
MOST_FIELDS = 60
PREVIEWED = 50


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _listing(request: HttpRequest, key: str) -> Listing:
    found = listing(key)
    must(_person(request), found.needs)
    return found


def _query(text: str) -> dict[str, str]:
    try:
        found = dict(parse_qsl(text[:LONGEST], max_num_fields=MOST_FIELDS))
    except ValueError:  # more conditions than any list has
        return {}
    return {name: value for name, value in found.items() if "\0" not in name + value}


def _home(of: Listing, view: View | None = None) -> str:
    query = f"?{urlencode({**view.query, 'saved': str(view.pk)})}" if view is not None else ""
    return reverse(of.url) + query


def _arranged(person: User, of: Listing, first: str) -> None:
    known = arrangement_of(of.key, person)
    actions.arrange(listing=of.key, order=known.order if known else [], first=first, by=person)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: HttpRequest, key: str) -> HttpResponse:
    """Keep what the list shows now (`?query=`) as a view."""
    of, person = _listing(request, key), _person(request)
    query = (request.POST or request.GET).get("query", "")
    form = ViewForm(request.POST if request.method == "POST" else None, person=person)
    if form.is_bound and form.is_valid():
        try:
            view = actions.keep_view(
                listing=of.key, title=form.cleaned_data["title"], query=_query(query),
                shared=form.shared(person), by=person, now=clock.now(),
            )  # fmt: skip
        except BadInput as bad:
            _tell(form, bad)
        else:
            if form.cleaned_data["first"]:
                _arranged(person, of, view.key)
            return redirect(_home(of, view))
    context = {"of": of, "form": form, "query": query, "heading": _("存为视图")}
    return _form(request, context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Name and audience of a view of one's own; `query` in the form replaces what it asks for."""
    view, person = _view(request, pk), _person(request)
    of = _listing(request, view.listing)
    arrangement = arrangement_of(of.key, person)
    first = arrangement is not None and arrangement.first == view.key
    form = ViewForm(
        request.POST if request.method == "POST" else None, person=person, view=view,
        initial=initial_of(view, person) | {"first": first},
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        query = _query(request.POST["query"]) if request.POST.get("query") else None
        try:
            actions.change_view(
                view=view, title=form.cleaned_data["title"], shared=form.shared(person, view), query=query,
                by=person, now=clock.now(),
            )  # fmt: skip
        except BadInput as bad:
            _tell(form, bad)
        else:
            if form.cleaned_data["first"] != first:
                _arranged(person, of, view.key if form.cleaned_data["first"] else "")
            return redirect(_home(of, view))
    return _form(request, {"of": of, "form": form, "heading": _("改视图"), "view": view})


@signed_in
@require_POST
def rewrite(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one's own view ask for what the list shows now."""
    view, person = _view(request, pk), _person(request)
    of = _listing(request, view.listing)
    shared = actions.Shared(Audience(view.audience), view.team_id, view.role)
    actions.change_view(
        view=view, title=view.title, shared=shared, query=_query(request.POST.get("query", "")),
        by=person, now=clock.now(),
    )  # fmt: skip
    return redirect(_home(of, view))


@signed_in
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    view = _view(request, pk)
    of = _listing(request, view.listing)
    actions.remove_view(view=view, by=_person(request), now=clock.now())
    return redirect("lists:views", of.key)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def arrange(request: HttpRequest, key: str) -> HttpResponse:
    """All views of a list: their order, the first one, and what became of them."""
    of, person = _listing(request, key), _person(request)
    now = clock.now()
    tabs, filters = of.tabs(person, now), of.filters(person, now)
    views, known = views_of(of.key, person), arrangement_of(of.key, person)
    keys = [*(tab.key for tab in tabs), *(view.key for view in views)]
    place = {each: index for index, each in enumerate(known.order if known else [])}
    keys.sort(key=lambda each: place.get(each, len(place)))
    first = known.first if known else ""
    if request.method == "POST":
        keys = _moved(keys, request.POST.get("up"), request.POST.get("down"))
        if (wanted := request.POST.get("first")) is not None and wanted in ("", *keys):
            first = wanted
        actions.arrange(listing=of.key, order=keys, first=first, by=person)
        return redirect("lists:views", of.key)
    titles = {tab.key: str(tab.title) for tab in tabs} | {view.key: view.title for view in views}
    mine = {view.key: view for view in views}
    owners = {row.pk: row.name for row in people_of([view.owner_id for view in views])}
    rows = [
        {
            "key": each, "title": titles[each], "view": mine.get(each), "first": each == (first or tabs[0].key),
            "usual": each == tabs[0].key, "own": each in mine and mine[each].owner_id == person.pk,
            "owner": owners[mine[each].owner_id] if each in mine else "",
            "may_remove": each in mine and (mine[each].owner_id == person.pk or may(person, actions.SHARE)),
            "faults": faults(of, mine[each].query, tabs, filters) if each in mine else [],
        }
        for each in keys
    ]  # fmt: skip
    return render(request, "lists/views.html", {"of": of, "rows": rows, "home": reverse(of.url)})


def _moved(keys: list[str], up: str | None, down: str | None) -> list[str]:
    found = list(keys)
    for key, step in ((up, -1), (down, 1)):
        if key in found:
            at = found.index(key)
            to = min(len(found) - 1, max(0, at + step))
            found.insert(to, found.pop(at))
    return found


@signed_in
@require_POST
def start(request: HttpRequest, key: str, deed: str) -> HttpResponse:
    """Fix the chosen rows; a deed that asks nothing is done at once."""
    of, person, now = _listing(request, key), _person(request), clock.now()
    wanted = of.deed(deed)
    ids: Any = [int(pk) for pk in request.POST.getlist("pick") if pk.isdecimal() and len(pk) < 18]
    whole = request.POST.get("all") == "1"
    if whole:
        tabs, filters = of.tabs(person, now), of.filters(person, now)
        asked = read(of, _query(request.POST.get("query", "")), tabs, filters)
        ids = in_order(of, of.rows(person, asked.values, now), asked)
    back = request.POST.get("back", "")
    if "\0" in back or not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}
    ):
        back = reverse(of.url)
    batch = bulk.choose(listing=of, deed=wanted, ids=ids, by=person, now=now, back=back)
    if wanted.form is None and not whole and not wanted.confirm:
        return _run(request, batch, of, {})
    return redirect("lists:batch", batch.pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, uid: str) -> HttpResponse:
    """Before: how many rows, what is asked. After: what was done, and each refusal by its row."""
    found, of = _batch(request, uid)
    found = bulk.settled(found, clock.now())
    deed = of.deed(found.deed)
    posted = request.method == "POST" and found.began_at is None
    form = deed.form(request.POST if posted else None) if deed.form is not None else None
    for first in list(form.fields.values())[:1] if form is not None else []:
        first.widget.attrs["autofocus"] = True
    if posted and (form is None or form.is_valid()):
        return _run(request, found, of, form.cleaned_data if form is not None else {})
    now = clock.now()
    ids = [int(pk) for pk in found.refused] or [int(pk) for pk in found.undo_refused]
    ids = ids if found.began_at is not None else found.ids[:PREVIEWED]
    titles = of.titles(of.model._default_manager.filter(pk__in=_within(request, of, ids)))
    refusals = found.undo_refused if found.undone_at is not None else found.refused
    context = {
        "batch": found, "of": of, "deed": deed, "form": form,
        "named": [(titles.get(pk, _("看不到的一条")), refusals.get(str(pk), "")) for pk in ids],
        "more": len(found.ids) - PREVIEWED if found.began_at is None else 0,
        "may_undo": _may_undo(found, of, now), "n": len(found.ids),
    }  # fmt: skip
    status = 422 if form is not None and form.errors else 200
    return render(request, "lists/batch.html", context, status=status)


@signed_in
@require_POST
def undo(request: HttpRequest, uid: str) -> HttpResponse:
    found, of = _batch(request, uid)
    bulk.undo(batch=found, listing=of, by=_person(request), now=clock.now())
    request.session[BATCH] = str(found.pk)
    return redirect(found.back or reverse(of.url))


def _run(request: HttpRequest, found: Batch, of: Listing, values: dict[str, Any]) -> HttpResponse:
    # before, and at once: should this be cut off, the list says how far it came
    request.session[BATCH] = str(found.pk)
    request.session.save()
    bulk.carry_out(
        batch=found, listing=of, values=values, by=_person(request), now=clock.now()
    )  # fmt: skip
    return redirect(found.back or reverse(of.url))


def _may_undo(found: Batch, of: Listing, now: Any) -> bool:
    in_time = found.ended_at is not None and now <= found.ended_at + UNDO_FOR
    return bool(in_time and found.undone_at is None and found.done and of.deed(found.deed).undo)


def _within(request: HttpRequest, of: Listing, ids: list[int]) -> list[int]:
    rows = visible(of.model._default_manager.filter(pk__in=ids), _person(request), of.needs)
    return list(rows.values_list("pk", flat=True))


def _batch(request: HttpRequest, uid: str) -> tuple[Batch, Listing]:
    found = Batch.objects.filter(pk=uid, person=_person(request)).first()
    if found is None:
        raise NoSuchThing
    return found, _listing(request, found.listing)


def _view(request: HttpRequest, pk: int) -> View:
    found = within(_person(request)).select_related("owner").filter(pk=pk).first()
    if found is None:
        raise NoSuchThing
    return found


def _tell(form: ViewForm, bad: BadInput) -> None:
    for name, sentence in bad.fields.items():
        form.add_error(name if name in form.fields else None, sentence)


def _form(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    partial = bool(request.headers.get("HX-Request"))
    template = "lists/parts/view_form.html" if partial else "lists/view_form.html"
    return render(request, template, context, status=422 if context["form"].errors else 200)
