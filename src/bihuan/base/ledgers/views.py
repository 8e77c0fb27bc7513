"""Ledgers in and out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bihuan.base import clock
from bihuan.base.access.fresh import sensitive
from bihuan.base.access.models import User
from bihuan.base.access.policy import needs
from bihuan.base.access.scope import may, must, reaches
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.ledgers import actions, running, writing
from bihuan.base.ledgers.exporting import export
from bihuan.base.ledgers.forms import MappingForm, UploadForm
from bihuan.base.ledgers.mapping import guess, unused
from bihuan.base.ledgers.models import Import, State
from bihuan.base.ledgers.reading import read, sheet_names
from bihuan.base.ledgers.shelf import all_ledgers, ledger_named
from bihuan.base.system.idempotency import idempotent
from bihuan.base.texts import in_language, listed

SHOWN_ERRORS = 50


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@needs("ledgers.import")
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    shelf = [
        {
            "name": ledger.name,
            "title": in_language(ledger.title),
            "count": len(ledger.columns),
            "may_import": reaches(person, ledger.needs),
            "may_export": ledger.export is not None and reaches(person, ledger.needs_export),
        }
        for ledger in all_ledgers().values()
    ]
    recent = Import.objects.select_related("by").defer("content", "errors").order_by("-pk")[:20]
    titles = {ledger.name: in_language(ledger.title) for ledger in all_ledgers().values()}
    rows = [(row, titles.get(row.ledger, row.ledger)) for row in recent]
    return render(request, "ledgers/home.html", {"shelf": shelf, "recent": rows})


@needs("ledgers.open")
@idempotent
def upload(request: HttpRequest, name: str) -> HttpResponse:
    ledger = ledger_named(name)
    person = person_of(request)
    must(person, ledger.needs)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            made = actions.upload(
                name, file.read(), file_name=file.name, by=person, now=clock.now()
            )
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("ledgers:import", made.pk)
    back = reverse("ledgers:home") if may(person, "ledgers.import") else ""
    context = {"form": form, "ledger": ledger, "title": in_language(ledger.title), "back": back}
    return render(request, "ledgers/upload.html", context, status=422 if form.is_bound else 200)


@needs("ledgers.open")
@require_safe
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    row = _import(request, pk)
    wanted = request.GET.get("sheet")
    if wanted is not None and wanted != row.sheet and row.state in (State.UPLOADED, State.CHECKED):
        return _mapping_page(request, row, sheet=wanted)
    if row.state == State.UPLOADED or "map" in request.GET:
        return _mapping_page(request, row)
    return _result_page(request, row)


@needs("ledgers.open")
@require_POST
def import_check(request: HttpRequest, pk: int) -> HttpResponse:
    row = _import(request, pk)
    ledger = ledger_named(row.ledger)
    if request.POST.get("sheet", row.sheet) != row.sheet:
        row = actions.choose_sheet(row, request.POST["sheet"])
    sheet = read(bytes(row.content), row.file_name, row.sheet)
    form = MappingForm(request.POST, ledger=ledger, headings=list(sheet.headings))
    if not form.is_valid():
        return _mapping_page(request, row, form=form)
    actions.check(row, form.cleaned_data, by=person_of(request), now=clock.now())
    return redirect("ledgers:import", pk)


@needs("ledgers.open")
@require_POST
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    row = _import(request, pk)
    only_good = request.POST.get("only_good") == "1"
    try:
        row = actions.bring_in(row, only_good=only_good, by=person_of(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        if row.state == State.DONE:
            messages.success(
                request,
                _("导入完成：新增 %(new)d，更新 %(changed)d。")
                % {"new": row.new, "changed": row.changed},
            )
    return redirect("ledgers:import", pk)


@needs("ledgers.open")
@require_safe
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    row = _import(request, pk)
    if row.state not in actions.WORKING:
        return HttpResponse(status=200, headers={"HX-Refresh": "true"})
    found = running.progress(actions.note_of(row))
    context = {
        "row": row,
        "done": found[0] if found else 0,
        "total": found[1] if found else row.rows,
    }
    return render(request, "ledgers/progress.html", context)


@needs("ledgers.open")
@require_safe
def import_errors(request: HttpRequest, pk: int) -> HttpResponse:
    row = _import(request, pk)
    if not row.errors:
        raise NoSuchThing
    sheet = read(bytes(row.content), row.file_name, row.sheet)
    return _file(writing.error_rows(sheet, row.errors), _("要改的行") + ".xlsx", writing.XLSX)


@needs("ledgers.open")
@require_safe
def template(request: HttpRequest, name: str) -> HttpResponse:
    ledger = ledger_named(name)
    must(person_of(request), ledger.needs)
    return _file(writing.template(ledger), f"{in_language(ledger.title)}.xlsx", writing.XLSX)


@needs("ledgers.export")
@require_POST
@sensitive
def export_file(request: HttpRequest, name: str) -> HttpResponse:
    kind = "csv" if request.POST.get("format") == "csv" else "xlsx"
    content, mime = export(name, kind=kind, by=person_of(request), now=clock.now())
    title = in_language(ledger_named(name).title)
    return _file(content, f"{title}.{kind}", mime)


def _import(request: HttpRequest, pk: int) -> Import:
    row = Import.objects.select_related("by").filter(pk=pk).first()
    if row is None:
        raise NoSuchThing
    must(person_of(request), ledger_named(row.ledger).needs)
    return row


def _mapping_page(
    request: HttpRequest, row: Import, *, form: MappingForm | None = None, sheet: str | None = None
) -> HttpResponse:
    ledger = ledger_named(row.ledger)
    content = bytes(row.content)
    found = read(content, row.file_name, row.sheet if sheet is None else sheet)
    initial = row.mapping
    if sheet is not None:
        initial = guess(ledger, found.headings)
    shown = form or MappingForm(ledger=ledger, headings=list(found.headings), initial=initial)
    used = {shown[name].value() for name in shown.fields}
    context: dict[str, Any] = {
        "row": row,
        "form": shown,
        "unused": listed(unused(found.headings, used)),
        "title": in_language(ledger.title),
        "sheets": sheet_names(content, row.file_name),
        "sheet": found.name,
        "headings": found.headings,
        "sample": [[writing.safe(cell) for cell in cells] for _number, cells in found.rows[:3]],
        "count": len(found.rows),
    }
    return render(request, "ledgers/mapping.html", context, status=422 if form else 200)


def _result_page(request: HttpRequest, row: Import) -> HttpResponse:
    ledger = ledger_named(row.ledger)
    titles = {column.name: in_language(column.title) for column in ledger.columns}
    errors = [
        dict(error, title=titles.get(error["column"], "")) for error in row.errors[:SHOWN_ERRORS]
    ]
    context = {
        "row": row,
        "title": in_language(ledger.title),
        "errors": errors,
        "working": row.state in actions.WORKING,
        "total": row.rows,
        "done": 0,
        "good": row.new + row.changed + row.same,
    }
    return render(request, "ledgers/result.html", context)


def _file(content: bytes, name: str, mime: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=mime)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return answer
