"""Writing an evidence bundle: every duty behind every figure, with what proves it.

Duties are read a few hundred at a time and written to disk at once. The figures are added up from
the rows as they are written, so no figure is without its rows; they must agree with what the
database counts in the same snapshot.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.template.loader import render_to_string

from bihuan.apps.compliance import queries
from bihuan.apps.compliance.actions import figures_data
from bihuan.apps.compliance.archive import Archive
from bihuan.apps.compliance.counting import counted, month_of
from bihuan.apps.compliance.described import DUTY, PROOF, described, proofs_of
from bihuan.apps.compliance.models import Bundle, FrozenMonth
from bihuan.apps.compliance.queries import Asked
from bihuan.apps.compliance.refusals import StillMoving
from bihuan.apps.compliance.rules import Key, Tally, canonical, outcome
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.words import moment_word, role_word
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import versions_between
from bihuan.base.audit import extract
from bihuan.base.audit.models import Entry
from bihuan.base.audit.sealing import public_key_of_here
from bihuan.base.evidence.actions import path_of
from bihuan.base.evidence.kinds import KINDS
from bihuan.base.evidence.models import File
from bihuan.base.evidence.queries import may_see
from bihuan.base.facts.models import Fact
from bihuan.base.ledgers.writing import safe
from bihuan.base.system.company import company

CHUNK = 300
WITHHELD, MISSING = "withheld", "missing"


def duties_of(bundle: Bundle, now: datetime) -> QuerySet[Obligation]:
    """The duties that a bundle is about, within its person's reach."""
    rows = queries.fell_due(bundle.by, *month_of(bundle.first), now)
    if bundle.clause:
        rows = rows.filter(clause=bundle.clause)
    return queries.of_department(rows, bundle.department)


def write(bundle: Bundle, path: Path, now: datetime) -> int:
    """Write the ZIP; returns how many duties are in it. Raises StillMoving."""
    folder = path.with_suffix(".parts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    archive = Archive(path, now)
    try:
        writer = _Writer(bundle, folder, archive, now)
        writer.write()
        archive.close()
        return writer.count
    finally:
        shutil.rmtree(folder)


class _Writer:
    """One bundle on its way to disk."""

    def __init__(self, bundle: Bundle, folder: Path, archive: Archive, now: datetime) -> None:
        self.bundle, self.folder, self.archive, self.now = bundle, folder, archive, now
        self.count = 0
        self.sums: dict[Key, Tally] = defaultdict(Tally)
        self.pages: dict[str, str] = {}  # clause -> its page
        self.files: dict[int, str] = {}  # file -> where it is in the bundle, or why it is not
        self.facts: set[int] = set()
        self.seals: set[int] = set()
        self.versions: set[int] = set()  # of the regulation, by which its duties arose

    def write(self) -> None:
        duties = duties_of(self.bundle, self.now)
        order = duties.order_by("clause", "due_at", "pk").values_list("clause", "pk")
        with (
            (self.folder / "duties.csv").open("wb") as duties_csv,
            (self.folder / "evidence.csv").open("wb") as proofs_csv,
            (self.folder / "facts.jsonl").open("wb") as facts,
            (self.folder / "entries.jsonl").open("wb") as entries,
        ):
            duties_csv.write(_csv_line(DUTY, first=True))
            proofs_csv.write(_csv_line(PROOF, first=True))
            for clause, pairs in groupby(order.iterator(), key=lambda pair: pair[0]):
                self.pages[clause] = f"duties/{len(self.pages) + 1:03d}.html"
                keys = [pk for _clause, pk in pairs]
                with (self.folder / "page.html").open("wb") as page:
                    page.write(_html("compliance/bundle/begin.html", self._of_clause(clause)))
                    for rows in self._rows(keys):
                        self._write_rows(rows, duties_csv, proofs_csv, page)
                        self._write_facts(rows, facts)
                        self._write_entries(_entries_of("obligations.Obligation", rows), entries)
                    page.write(b"</main></body></html>\n")
                self.archive.add_file(self.pages[clause], self.folder / "page.html")
            self._write_entries(self._of_month(), entries)
        self._check(duties)
        for name, where in {
            "duties.csv": "duties.csv", "evidence.csv": "evidence.csv",
            "facts.jsonl": "facts/facts.jsonl", "entries.jsonl": "audit/entries.jsonl",
        }.items():  # fmt: skip
            self.archive.add_file(where, self.folder / name)
        self._close()

    def _rows(self, keys: Sequence[int]) -> Iterator[list[Obligation]]:
        linked = (
            "customer", "assignee", "cause", "discharged_by", "verified_by", "waiver__by", "settled_by",
        )  # fmt: skip
        proofs = Prefetch("evidence", Evidence.objects.select_related("file", "by"))
        found = Obligation.objects.with_pack().select_related(*linked)
        found = found.prefetch_related(proofs, "pauses", "due_changes", "acts__fact")
        for start in range(0, len(keys), CHUNK):
            yield list(found.filter(pk__in=keys[start : start + CHUNK]).order_by("due_at", "pk"))

    def _write_rows(
        self, rows: list[Obligation], duties: io.BufferedWriter, proofs: io.BufferedWriter,
        page: io.BufferedWriter,
    ) -> None:  # fmt: skip
        for row in rows:
            how = outcome(row.state, row.discharged_at, row.due_at, row.verified_by_rule)
            self.sums[Key(row.clause, row.clause_number, row.role, row.region)] += how.tally
            self.count += 1
            self.versions.add(row.pack_version_id)
            data = described(row, how, self.now)
            given = proofs_of(row, self._place_of)
            duties.write(_csv_line([data[name] for name in DUTY]))
            proofs.writelines(_csv_line([proof[name] for name in PROOF]) for proof in given)
            page.write(_html("compliance/bundle/duty.html", {"duty": data, "proofs": given}))

    def _place_of(self, file: File) -> str:
        """Where a file of evidence is in the bundle; the person must be allowed to see it."""
        if file.pk not in self.files:
            known = KINDS.get(file.kind)
            place = f"evidence/{file.sha256}.{known.ending if known else 'bin'}"
            if not may_see(self.bundle.by, file):
                place = WITHHELD
            elif not path_of(file).exists():
                place = MISSING
            self.files[file.pk] = place
        return self.files[file.pk]

    def _write_facts(self, rows: list[Obligation], out: io.BufferedWriter) -> None:
        for row in rows:
            acts = [act.fact for act in row.acts.all()]
            for fact in [row.cause, *acts, *([row.settled_by] if row.settled_by else [])]:
                if fact.pk not in self.facts:
                    self.facts.add(fact.pk)
                    out.write(extract.line(_fact(fact)))

    def _write_entries(self, found: QuerySet[Entry], out: io.BufferedWriter) -> None:
        for each in extract.sealed(found):
            out.write(extract.line(each))
            if each["seal"] is not None:
                self.seals.add(each["seal"])

    def _of_month(self) -> QuerySet[Entry]:
        """What was done to the month's figures and to its regulation."""
        frozen = list(FrozenMonth.objects.filter(first=self.bundle.first))
        return _entries_of("compliance.FrozenMonth", frozen) | _entries_of(
            "policy.PackVersion", self._regulation()
        )

    def _regulation(self) -> list[PackVersion]:
        """The versions in force in the month, and older ones by which its duties arose."""
        held = versions_between(*month_of(self.bundle.first))
        older = PackVersion.objects.filter(pk__in=self.versions - {each.pk for each in held})
        return [*older.defer("files").order_by("pk"), *held]

    def _check(self, duties: QuerySet[Obligation]) -> None:
        figures = counted(duties)
        rows = {key: astuple(tally)[:4] for key, tally in self.sums.items()}
        if rows != {key: astuple(tally)[:4] for key, tally in figures.items()}:
            raise StillMoving
        for key, tally in figures.items():
            self.sums[key] = tally

    def _close(self) -> None:
        damaged = self._add_files()
        for version in self._regulation():
            version.refresh_from_db(fields=["files"])
            for name, text in version.files.items():
                self.archive.add(
                    f"regulation/{version.code}-{version.version}/{name}", text.encode()
                )
        for each in FrozenMonth.objects.filter(first=self.bundle.first):
            self.archive.add(f"frozen/{each.edition}.json", canonical(each.content))
            self.archive.add(f"frozen/{each.edition}.csv", gzip.decompress(each.rows))
        self.archive.add(
            "audit/seals.jsonl", b"".join(map(extract.line, extract.seals(self.seals)))
        )
        self.archive.add("audit/public_key.txt", f"{public_key_of_here()}\n".encode())
        about = self._about(damaged)
        self.archive.add("figures.json", canonical(about))
        self.archive.add("index.html", _html("compliance/bundle/index.html", self._index(about)))
        self.archive.add("README.txt", _html("compliance/bundle/readme.html", {}))
        self.archive.add("bundle.css", _html("compliance/bundle/bundle.css", {}))

    def _add_files(self) -> list[str]:
        """The files of evidence; those whose content is not what was stored are named."""
        damaged = []
        for file in File.objects.filter(pk__in=self.files).order_by("pk").iterator():
            place = self.files[file.pk]
            if place in (WITHHELD, MISSING) or place in self.archive.sums:
                continue
            if self.archive.add_file(place, path_of(file)) != file.sha256:
                damaged.append(place)
        return damaged

    def _about(self, damaged: list[str]) -> dict[str, Any]:
        total = sum(self.sums.values(), Tally())
        return {
            "month": f"{self.bundle.first:%Y-%m}", "clause": self.bundle.clause,
            "department": self.bundle.department, "as_of": self.now.isoformat(),
            "made_for": self.bundle.by.username, "company": company().name, "duties": self.count,
            "figures": figures_data(self.sums),
            "total": {"due": total.due, "on_time": total.on_time, "strict": total.strict, "waived": total.waived},
            "withheld": sum(place == WITHHELD for place in self.files.values()),
            "missing": sum(place == MISSING for place in self.files.values()), "damaged": damaged,
        }  # fmt: skip

    def _index(self, about: dict[str, Any]) -> dict[str, Any]:
        asked = Asked(self.bundle.first)
        board = queries.board_of(self.sums, asked, self.now)
        frozen = FrozenMonth.objects.filter(first=self.bundle.first).defer("rows", "content")
        return {
            "about": about, "board": board, "pages": self.pages, "as_of": moment_word(self.now),
            "department": role_word(self.bundle.department) if self.bundle.department else "",
            "clause": next(iter(board.lines), None) if self.bundle.clause else None,
            "frozen": frozen.select_related("by"), "bundle": self.bundle,
            "lines": [(line, self.pages[line.clause]) for line in board.lines],
        }  # fmt: skip

    def _of_clause(self, clause: str) -> dict[str, Any]:
        return {"clause": clause, "bundle": self.bundle, "month": f"{self.bundle.first:%Y-%m}"}


def _entries_of(label: str, rows: Sequence[Any]) -> QuerySet[Entry]:
    return Entry.objects.filter(thing_label=label, thing_id__in=[str(row.pk) for row in rows])


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "uid": str(fact.uid), "kind": fact.kind, "at": fact.at, "told_at": fact.told_at,
        "by": fact.by_id, "source": fact.source, "subjects": fact.subjects, "data": fact.data,
    }  # fmt: skip


def _csv_line(values: Sequence[Any], *, first: bool = False) -> bytes:
    """Cells that cannot start a program; the first line has the mark by which Excel knows UTF-8."""
    out = io.StringIO()
    csv.writer(out).writerow(["" if (found := safe(value)) is None else found for value in values])
    return (b"\xef\xbb\xbf" if first else b"") + out.getvalue().encode()


def _html(template: str, context: dict[str, Any]) -> bytes:
    return render_to_string(template, context).encode()
