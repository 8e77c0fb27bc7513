"""Writing the next version of a regulation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.apps.policy import queries
from bihuan.apps.policy.actions import NotReady
from bihuan.apps.policy.drafts import actions, pages
from bihuan.apps.policy.drafts.forms import (
    BackForm,
    PieceForm,
    PresetForm,
    ReviseForm,
    SubmitForm,
)
from bihuan.apps.policy.drafts.presets import presets as all_presets
from bihuan.apps.policy.drafts.presets import with_preset
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.pages import lang
from bihuan.base import clock, registry
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.errors import BadInput, ChangedMeanwhile, NoSuchThing, Refusal
from bihuan.lib.policy.errors import BadEdit
from bihuan.lib.policy.pieces import key_of, line_of, piece_at, replaced


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _draft(pk: int) -> PackVersion:
    row = PackVersion.objects.select_related("base", "changed_by").filter(pk=pk).first()
    if row is None or row.status not in (Status.DRAFT, Status.REVIEW):
        raise NoSuchThing
    return row


@needs("policy.edit")
@require_http_methods(["GET", "POST"])
def revise(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin the next version with the words of this one."""
    version = PackVersion.objects.filter(pk=pk).first()
    if version is None:
        raise NoSuchThing
    now = clock.now()
    form = ReviseForm(
        request.POST or None, initial={"name": pages.next_name(version, timezone.localtime(now))}
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.revise(
                version=version, name=form.cleaned_data["name"], by=_person(request), now=now
            )
        except BadInput as bad:
            form.add_error("name", bad.fields["name"])
        else:
            return redirect("policy:draft", row.pk)
    context = {"form": form, "version": version}
    return render(request, "policy/drafts/revise.html", context, status=422 if form.errors else 200)


@needs("policy.edit")
@require_GET
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The desk: the text on the left, the cards of one clause with what may be changed."""
    row = _draft(pk)
    asked = request.GET
    key = (asked.get("target", ""), asked.get("name", ""), asked.get("field", ""))
    tried = {key: asked["value"][:80]} if asked.get("value") else {}
    context = pages.page(row, asked.get("clause", ""), lang(), tried)
    context |= _around(request, row)
    return render(request, "policy/drafts/draft.html", context)


def _around(request: HttpRequest, row: PackVersion) -> dict[str, Any]:
    trial = registry.link("pack.trial")
    return {
        "draft": row, "waiting": row.status == Status.REVIEW,
        "may_approve": actions.may_approve(row, _person(request)),
        "trial_url": f"{trial.url}?draft={row.pk}" if trial and may(_person(request), trial.needs) else "",
        "back_form": BackForm(),
    }  # fmt: skip


def _back(row: PackVersion, clause: str, tried: Mapping[str, str] | None = None) -> HttpResponse:
    """To the cards of a clause; what was typed and not saved stands in its field."""
    query = urlencode({"clause": clause, **(tried or {})})
    return redirect(f"{reverse('policy:draft', args=[row.pk])}?{query}#cards")


def _sentences(refused: BadInput | Refusal, pk: int) -> list[str]:
    """What to say of a change that was not kept; of two people at once the first is named."""
    if isinstance(refused, BadInput):
        return list(refused.fields.values())
    if not isinstance(refused, ChangedMeanwhile):
        return [str(refused)]
    who = PackVersion.objects.filter(pk=pk).values_list("changed_by__name", flat=True).first()
    first = _("没存上：%(who)s 刚改过这份草稿。看过现在的内容，再存一次。") % {"who": who}
    return [first] if who else [str(refused)]


def _told(form: Form, refused: BadInput | Refusal, row: PackVersion) -> PackVersion:
    """Say in a form why nothing was kept. Who was second may save once more, having seen the draft
    as it is now, which is returned.
    """
    for sentence in _sentences(refused, row.pk):
        form.add_error(None, sentence)
    if isinstance(refused, ChangedMeanwhile):
        row = _draft(row.pk)
        data: Any = form.data
        form.data = data = data.copy()
        data["version" if "version" in form.fields else "revision"] = str(row.revision)
    return row


@needs("policy.edit")
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One plain value anew: of a parameter, of a line of a rule, or the option of a choice."""
    row, post = _draft(pk), request.POST
    deeds: dict[str, Callable[..., PackVersion]] = {
        "parameter": lambda **more: actions.set_parameter(name=post["name"], value=post["value"], **more),
        "rule": lambda **more: actions.set_field(
            rule=post["name"], field=post.get("field", ""), value=post["value"], **more
        ),
        "choice": lambda **more: actions.choose(choice=post["name"], option=post["value"], **more),
    }  # fmt: skip
    deed = deeds.get(post.get("target", ""))
    complete = {"name", "value", "revision"} <= post.keys() and post["revision"].isdecimal()
    if (
        deed is None
        or not complete
        or (post["target"] == "rule" and post.get("field") not in pages.PLAIN)
    ):
        raise NoSuchThing
    tried = {name: post.get(name, "") for name in ("target", "name", "field", "value")}
    try:
        row = deed(draft=row, revision=int(post["revision"]), by=_person(request), now=clock.now())
    except (BadInput, Refusal) as refused:
        for sentence in _sentences(refused, pk):
            messages.error(request, sentence)
    else:
        tried = {}
        messages.success(request, _("已存。案例和卡片都按新的算过了。"))
    return _back(row, post.get("clause", ""), tried)


@needs("policy.edit")
@require_http_methods(["GET", "POST"])
def piece(request: HttpRequest, pk: int, file: str, line: int) -> HttpResponse:
    """One entry as its author wrote it: changed, tried out before it is kept, or taken out."""
    row = _draft(pk)
    adding = request.GET.get("add") == "1"
    context: dict[str, Any] = {
        "file": file, "line": line, "adding": adding, "clause": request.GET.get("clause", ""),
    }  # fmt: skip
    if request.method == "POST":
        form = PieceForm(request.POST)
        if (
            form.is_valid()
            and "remove" not in request.POST
            and not form.cleaned_data["text"].strip()
        ):
            form.add_error("text", _("这里是空的。要拿掉这一条，请按“拿掉”。"))
        if form.is_valid():
            try:
                if "preview" in request.POST:
                    context["preview"] = _previewed(row, file, line, form.cleaned_data)
                else:
                    deed = actions.add if adding else actions.write
                    kept = deed(
                        draft=row, file=file, line=line,
                        text="" if "remove" in request.POST else form.cleaned_data["text"],
                        revision=form.cleaned_data["version"], by=_person(request), now=clock.now(),
                    )  # fmt: skip
                    messages.success(request, _("已存。"))
                    return _back(kept, context["clause"])
            except (BadInput, Refusal) as refused:
                row = _told(form, refused, row)
                if isinstance(refused, ChangedMeanwhile):
                    context |= _as_it_is_now(row, file, form)
    else:
        try:
            found = piece_at(row.files[file], line)
        except (KeyError, BadEdit) as error:  # a stale link
            raise NoSuchThing from error
        form = PieceForm(
            initial={"text": found.text, "version": row.revision, "entry": key_of(found.text)}
        )
    context |= {"form": form} | _around(request, row)
    return render(request, "policy/drafts/piece.html", context, status=422 if form.errors else 200)


def _previewed(
    row: PackVersion, file: str, line: int, given: Mapping[str, Any]
) -> dict[str, Any]:  # fmt: skip
    """What an entry would make of the draft. Raises ChangedMeanwhile, BadInput."""
    if row.revision != given["version"]:
        raise ChangedMeanwhile
    found = piece_at(row.files[file], line)
    files = row.files | {file: replaced(row.files[file], found, given["text"])}
    return pages.preview(row, actions.checked(files), lang())


def _as_it_is_now(row: PackVersion, file: str, form: PieceForm) -> dict[str, Any]:
    """Of two people at one draft the second sees what stands there now beside what they wrote;
    where the entry is gone, they copy it.
    """
    line = line_of(row.files.get(file, ""), form.cleaned_data["entry"])
    if line is None:
        form.add_error(None, _("这一条现在找不到了：先把您写的复制下来，再回草稿里看。"))
        return {}
    return {"line": line, "as_is": piece_at(row.files[file], line).text}


@needs("policy.edit")
@require_http_methods(["GET", "POST"])
def presets(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets of service limits: first what one would change in this draft, then put in."""
    row = _draft(pk)
    pack, known = queries.pack_of(row), pages.presets(lang())
    form = PresetForm(
        request.POST or None, presets=[(each.code, each.title) for each in known],
        clauses=pages.carried(pack, lang()),
        initial={"revision": row.revision, "preset": known[0].code, "clause": pages.answering(pack)},
    )  # fmt: skip
    context: dict[str, Any] = {"form": form, "presets": known}
    if request.method == "POST" and form.is_valid():
        chosen, clause = all_presets()[form.cleaned_data["preset"]], form.cleaned_data["clause"]
        try:
            if "preview" in request.POST:
                files = actions.checked(with_preset(chosen, clause, pack, row.files))
                context["preview"] = pages.preview(row, files, lang())
            else:
                kept = actions.put_preset(
                    draft=row, preset=chosen, clause=clause, by=_person(request), now=clock.now(),
                    revision=form.cleaned_data["revision"],
                )  # fmt: skip
                messages.success(request, _("已放进草案，案例和卡片都按新的算过了。"))
                return _back(kept, clause)
        except BadEdit as bad:
            form.add_error(None, bad.sentence())
        except (BadInput, Refusal) as refused:
            row = _told(form, refused, row)
    context |= _around(request, row)
    return render(
        request, "policy/drafts/presets.html", context, status=422 if form.errors else 200
    )


@needs("policy.edit")
@require_GET
def cases(request: HttpRequest, pk: int) -> HttpResponse:
    """All cases of the draft, those that fail first."""
    row = _draft(pk)
    pack = queries.pack_of(row)
    results = queries.case_results(row)
    rows = [
        {
            "name": each.case.name, "ok": each.ok, "file": each.case.file, "line": each.case.line,
            "clause": pack.clauses.get(each.case.clause), "faults": [fault.of(lang()) for fault in each.faults],
        }
        for each in sorted(results, key=lambda each: each.ok)
    ]  # fmt: skip
    context = {"rows": rows, "passed": sum(each.ok for each in results)} | _around(request, row)
    return render(request, "policy/drafts/cases.html", context)


@needs("policy.edit")
@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it for approval, with the trial that was made of it."""
    row, now = _draft(pk), clock.now()
    trial = request.GET.get("trial", "")
    initial = {
        "from_on": pages.next_month(timezone.localtime(now).date()), "revision": row.revision,
        "trial": trial if trial.isdecimal() else None,
    }  # fmt: skip
    form, unready = SubmitForm(request.POST or None, initial=initial), False
    if request.method == "POST" and form.is_valid():
        try:
            actions.submit(draft=row, by=_person(request), now=now, **form.cleaned_data)
        except BadInput as bad:
            for name, sentence in bad.fields.items():
                form.add_error(name if name in form.fields else None, sentence)
        except NotReady as refused:
            unready = True
            form.add_error(None, list(refused.faults))
        except Refusal as refused:
            row = _told(form, refused, row)
        else:
            messages.success(request, _("已送审，批准人收到了通知。"))
            return redirect("policy:draft", row.pk)
    context = {"form": form, "unready": unready, "attached": form["trial"].value()}
    context |= _around(request, row)
    return render(request, "policy/drafts/submit.html", context, status=422 if form.errors else 200)


@needs("policy.publish")
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    row = _draft(pk)
    try:
        actions.approve(draft=row, by=_person(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("policy:draft", row.pk)
    messages.success(request, _("已批准，到日子自动生效。"))
    return redirect("policy:versions")


@needs("policy.edit")
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdrawn by who sent it; sent back with a reason by who might approve it."""
    row, person = _draft(pk), _person(request)
    form = BackForm(request.POST)
    own = row.submission.get("by") == person.pk
    if not own and not may(person, "policy.publish"):
        raise NoSuchThing
    if not own and not form.is_valid():
        messages.error(request, _("写一句为什么退回。"))
        return redirect("policy:draft", row.pk)
    why = form.cleaned_data.get("why", "") if form.is_valid() else ""
    try:
        actions.take_back(draft=row, why=why, by=person, now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("policy:draft", row.pk)


@needs("policy.edit")
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = _draft(pk)
    try:
        actions.discard(draft=row, by=_person(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("policy:draft", row.pk)
    messages.success(request, _("草稿 %(name)s 已扔掉。") % {"name": row.version})
    return redirect("policy:versions")
