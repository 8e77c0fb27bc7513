"""Reading the regulation in force, and bringing in its next version."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import get_current_timezone, make_aware
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from bihuan.apps.people.calendars import calendars
from bihuan.apps.policy import actions, pages, queries, signing
from bihuan.apps.policy.forms import PublishForm
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.pages import lang
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may
from bihuan.base.errors import BadInput, NoSuchThing, Refusal
from bihuan.base.texts import in_a_row
from bihuan.lib.policy import Pack


def moment_of(request: HttpRequest) -> datetime:
    """The instant that `?at=` names, else now. A wrong one is now: a link must not break."""
    found = parse_datetime(request.GET.get("at", ""))
    if found is None:
        return clock.now()
    return found if found.tzinfo else make_aware(found, get_current_timezone())


def frame(request: HttpRequest, tab: str) -> tuple[Pack, dict[str, object]]:
    """What every tab of the pack centre shows around itself."""
    version = queries.version_at(moment_of(request))
    pack = queries.pack_of(version)
    return pack, {
        "tab": tab,
        "version": version,
        "pack_title": pack.title.of(lang()),
        "counts": pages.counts(pack) | {"versions": PackVersion.objects.count()},
        "may_publish": may(request.user, "policy.publish"),
        "may_edit": may(request.user, "policy.edit"),
    }


@needs("policy.see")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    if not PackVersion.objects.published().exists():
        return render(
            request, "policy/none.html", {"may_publish": may(request.user, "policy.publish")}
        )
    pack, context = frame(request, "rules")
    chapters = pages.chapters(pack, lang())
    chosen = request.GET.get("clause", "") or next(
        (c.id for c in pack.clauses.values() if c.carried == "rule"), ""
    )
    clause = pack.clauses.get(chosen)
    if clause is None:
        raise queries.UnknownClause
    context |= {
        "chapters": chapters,
        "chosen": pages.article_of(pack, clause, lang()),
        "coverage": pages.coverage(pack),
    }
    template = "policy/_cards.html" if request.headers.get("HX-Request") else "policy/home.html"
    return render(request, template, context)


@needs("policy.see")
@require_GET
def parameters(request: HttpRequest) -> HttpResponse:
    pack, context = frame(request, "parameters")
    return render(
        request, "policy/parameters.html", context | {"parameters": pages.parameters(pack, lang())}
    )


@needs("policy.see")
@require_GET
def tiers(request: HttpRequest) -> HttpResponse:
    pack, context = frame(request, "tiers")
    return render(
        request, "policy/tiers.html", context | {"matrix": pages.tier_matrix(pack, lang())}
    )


@needs("policy.see")
@require_GET
def choices(request: HttpRequest) -> HttpResponse:
    pack, context = frame(request, "choices")
    return render(
        request, "policy/choices.html", context | {"choices": pages.choices(pack, lang())}
    )


@needs("policy.see")
@require_GET
def cases(request: HttpRequest) -> HttpResponse:
    pack, context = frame(request, "cases")
    results = queries.case_results(queries.version_at(moment_of(request)))
    passed = sum(1 for result in results if result.ok)
    rows = [
        {
            "name": result.case.name,
            "passed": result.ok,
            "why": in_a_row(fault.of(lang()) for fault in result.faults),
            "clause": pack.clauses.get(result.case.clause),
        }
        for result in sorted(results, key=lambda each: each.ok)
    ]
    return render(request, "policy/cases.html", context | {"rows": rows, "passed": passed})


@needs("policy.see")
@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    _pack, context = frame(request, "versions")
    rows = (
        PackVersion.objects.defer("files")
        .select_related("published_by")
        .order_by("-made_at", "-id")
    )
    return render(request, "policy/versions.html", context | {"rows": rows})


@needs("policy.see")
@require_GET
def changes(request: HttpRequest, pk: int) -> HttpResponse:
    """What a version says otherwise than the one before it."""
    version = PackVersion.objects.defer("files").filter(pk=pk).first()
    if version is None:
        raise NoSuchThing
    before = queries.version_before(version)
    pack, context = frame(request, "versions")
    context |= {"seen": version, "before": before, "clauses": pack.clauses}
    if before is not None:
        old, new = queries.pack_of(before), queries.pack_of(version)
        context |= pages.changes(old, new, calendars(), lang())
    return render(request, "policy/changes.html", context)


@needs("policy.see")
@require_GET
def clause(request: HttpRequest, clause_id: str) -> HttpResponse:
    """A clause as it stands at an instant: a popover by htmx, else a page."""
    version = queries.version_at(moment_of(request))
    pack = queries.pack_of(version)
    found = pack.clauses.get(clause_id)
    if found is None:
        raise queries.UnknownClause
    fragment = request.headers.get("HX-Request") or request.headers.get("X-Fragment")
    template = "policy/_clause.html" if fragment else "policy/clause.html"
    return render(
        request,
        template,
        {"article": pages.article_of(pack, found, lang()), "version": version, "now": clock.now()},
    )


@needs("policy.see")
@require_GET
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """A version as a folder, zipped, with the signature of its approver."""
    version = PackVersion.objects.filter(pk=pk).first()
    if version is None:
        raise NoSuchThing
    name = f"{version.code}-{version.version}.zip"
    return HttpResponse(
        signing.bundle(version), content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )  # fmt: skip


@needs("policy.publish")
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest) -> HttpResponse:
    """The first version of all. Each later one comes as a draft, which somebody else approves."""
    assert isinstance(request.user, User)
    if PackVersion.objects.published().exists():
        return redirect("policy:bring")
    form = PublishForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = actions.bring_in_first(
                files=pages.as_files(form.cleaned_data["folder"]), from_at=form.cleaned_data["from_at"],
                by=request.user, now=clock.now(),
            )  # fmt: skip
        except BadInput as bad:
            for sentence in bad.fields.values():
                form.add_error(None, sentence)
        except actions.NotRetroactive as refusal:
            form.add_error("from_at", str(refusal))
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("已发布 %(version)s，届时自动生效。") % {"version": version.version}
            )
            return redirect("policy:versions")
    return render(
        request,
        "policy/publish.html",
        {"form": form, "tab": "versions"},
        status=422 if form.errors else 200,
    )
