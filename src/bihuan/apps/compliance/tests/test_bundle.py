"""A bundle proves every figure: recomputed from its own rows, hashes and seals."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from bihuan.apps.compliance import actions, bundles, ticks
from bihuan.apps.compliance.models import Bundle
from bihuan.apps.compliance.refusals import BundleNotThere, NothingCounted
from bihuan.apps.compliance.rules import canonical
from bihuan.apps.obligations import actions as deeds
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import State, WaiveReason
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.policy import actions as policy
from bihuan.base import clock
from bihuan.base.audit.models import Entry
from bihuan.base.audit.sealing import climb, seal
from bihuan.base.errors import NoSuchThing, NotAllowed
from bihuan.base.evidence.actions import path_of, store

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)
TOLD = make.moment("2026-03-09 09:00")
NOW = make.moment("2026-04-03 09:00")


@pytest.fixture
def home(settings, tmp_path):
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    settings.HOME = tmp_path
    home = make.house()
    home.gold = make.customer(home, "=cmd|' /C calc'!A0")
    for number in range(4):
        home.told(
            "fault.reported", TOLD, subjects={"asset": 7, "customer": home.gold.pk},
            ticket=f"T{number}", severity="URGENT",
        )  # fmt: skip
    rows = list(
        Obligation.objects.filter(state=State.OPEN, rule="fault.urgent.phone").order_by("pk")
    )
    home.file = store("电话记录：已答复。".encode(), by=home.chen, now=TOLD, name="call.txt")
    kinds = rows[0].proof["any"] or rows[0].proof["all"]
    deeds.discharge(
        obligation_ids=[rows[0].pk], by=home.gu, now=TOLD, at=TOLD,
        evidence=[Proof(kinds[0], text="<script>x</script>", file_id=home.file.pk)],
    )  # fmt: skip
    deeds.waive(
        obligation_id=rows[1].pk, reason=WaiveReason.CUSTOMER_REQUEST, note="客户自己修好",
        by=home.zheng, now=TOLD,
    )  # fmt: skip
    home.kept, home.waived = rows[:2]
    with clock.set_to(NOW):
        yield home


def made(home, **what) -> tuple[Bundle, zipfile.ZipFile]:
    bundle = bundles.ask(first=MARCH, by=home.zhao, now=NOW, **what)
    bundles.make(bundle.pk, now=NOW)
    bundle.refresh_from_db()
    assert bundle.state == "READY", bundle.problem
    _bundle, path = bundles.take(pk=bundle.pk, by=home.zhao, now=NOW)
    return bundle, zipfile.ZipFile(path)


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))


def test_the_figures_are_those_of_the_rows(home):
    bundle, archive = made(home)
    figures = json.loads(archive.read("figures.json"))
    rows = table(archive, "duties.csv")
    assert bundle.duties == len(rows) == figures["duties"]
    found = {}
    for each in rows:
        key = (each["clause"], each["number"], each["role"], each["region"])
        cell = found.setdefault(key, [0, 0, 0, 0])
        how = each["counted_as"]
        cell[0] += how != "waived"
        cell[1] += how in ("on_time", "strict")
        cell[2] += how == "strict"
        cell[3] += how == "waived"
    assert found == {
        (each["clause"], each["number"], each["role"], each["region"]):
            [each["due"], each["on_time"], each["strict"], each["waived"]]
        for each in figures["figures"]
    }  # fmt: skip
    assert figures["total"]["waived"] == 1 and figures["total"]["on_time"] == 1


def test_every_duty_has_its_story_and_its_files(home):
    _bundle, archive = made(home)
    rows = {each["duty"]: each for each in table(archive, "duties.csv")}
    waived = rows[home.waived.number]
    assert (waived["waiver_note"], waived["waiver_approver"]) == ("客户自己修好", "郑直")
    assert "2026-03-09" in waived["explanation"] and waived["cause"].startswith("fault.reported")
    assert waived["customer"] == "'=cmd|' /C calc'!A0"
    proof = next(each for each in table(archive, "evidence.csv") if each["file"])
    assert archive.read(proof["file"]) == path_of(home.file).read_bytes()
    assert proof["sha256"] in proof["file"]
    pages = "".join(archive.read(n).decode() for n in archive.namelist() if n.endswith(".html"))
    assert "<script>x" not in pages and "&lt;script&gt;x" in pages
    assert f'id="{home.kept.number}"' in pages


@pytest.mark.django_db(transaction=True)
def test_everything_is_hashed_and_the_audit_extract_leads_to_its_seal(home):
    seal(NOW)
    actions.freeze(first=MARCH, by=home.zhao, now=NOW)
    _bundle, archive = made(home)
    sums = dict(
        reversed(line.split("  ", 1)) for line in archive.read("SHA256SUMS").decode().splitlines()
    )
    assert set(sums) == set(archive.namelist()) - {"SHA256SUMS"}
    assert all(hashlib.sha256(archive.read(name)).hexdigest() == sums[name] for name in sums)
    frozen = json.loads(archive.read("frozen/1.json"))
    assert canonical(frozen) == archive.read("frozen/1.json")
    entries = [json.loads(line) for line in archive.read("audit/entries.jsonl").splitlines()]
    seals = {
        each["n"]: each for each in map(json.loads, archive.read("audit/seals.jsonl").splitlines())
    }
    waive = next(each for each in entries if each["entry"]["verb"] == "obligation.waive")
    words = json.dumps(
        list(waive["entry"].values()), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    assert hashlib.sha256(b"\0" + words.encode()).hexdigest() == waive["leaf"]
    assert climb(bytes.fromhex(waive["leaf"]), waive["path"]) == seals[waive["seal"]]["root"]
    *signed, signature = seals[waive["seal"]].values()
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(archive.read("audit/public_key.txt").decode()))  # fmt: skip
    key.verify(bytes.fromhex(signature), json.dumps(signed).encode())
    freeze = next(each for each in entries if each["entry"]["verb"] == "compliance.freeze")
    assert freeze["seal"] is None
    facts = [json.loads(line) for line in archive.read("facts/facts.jsonl").splitlines()]
    assert {"fault.reported", "obligation.discharged", "obligation.waived"} <= {
        f["kind"] for f in facts
    }


def test_the_regulation_by_which_a_duty_arose_is_in_it_though_another_is_in_force(home):
    old = policy.draft(files=make.files("0"), by=None, now=TOLD)
    Obligation.objects.filter(pk=home.kept.pk).update(pack_version=old)
    _bundle, archive = made(home)
    named = {each["regulation"] for each in table(archive, "duties.csv")}
    kept = {name.split("/")[1] for name in archive.namelist() if name.startswith("regulation/")}
    assert len(kept) == 2 and kept == {name.replace(" ", "-") for name in named}
    text = archive.read(f"regulation/{old.code}-{old.version}/pack.yaml").decode()
    assert text == make.files("0")["pack.yaml"]


def test_a_bundle_of_one_clause_has_nothing_else(home):
    _bundle, archive = made(home, clause=home.kept.clause)
    assert {each["clause"] for each in table(archive, "duties.csv")} == {home.kept.clause}
    index = archive.read("index.html").decode()
    assert f"<dd>§ {home.kept.clause_number} " in index and "<dd>全部</dd>" in index
    assert "<dd>2026-04-03 09:00</dd>" in index
    with pytest.raises(NothingCounted):
        bundles.ask(first=MARCH, by=home.zhao, now=NOW, clause="no such")
    assert Bundle.objects.count() == 1


def test_a_file_out_of_reach_or_gone_is_named_and_left_out(home):
    path_of(home.file).chmod(0o600)
    path_of(home.file).unlink()
    _bundle, archive = made(home)
    assert "missing" in {each["file"] for each in table(archive, "evidence.csv")}
    assert not [name for name in archive.namelist() if name.startswith("evidence/")]
    assert json.loads(archive.read("figures.json"))["missing"] == 1


def test_a_changed_file_is_called_damaged(home):
    path = path_of(home.file)
    path.chmod(0o600)
    path.write_text("changed")
    _bundle, archive = made(home)
    assert json.loads(archive.read("figures.json"))["damaged"] == [
        f"evidence/{home.file.sha256}.txt"
    ]


def test_who_takes_a_bundle_is_in_the_log_and_others_do_not_get_it(home):
    bundle, _archive = made(home)
    verbs = Entry.objects.filter(thing_label="compliance.Bundle").values_list("verb", flat=True)
    assert set(verbs) == {"compliance.bundle_asked", "compliance.bundle", "compliance.bundle_taken"}
    assert Entry.objects.get(verb="compliance.bundle").after["sha256"] == bundle.sha256
    with pytest.raises(NoSuchThing):
        bundles.take(pk=bundle.pk, by=home.gu, now=NOW)
    with pytest.raises(NotAllowed):
        bundles.ask(first=MARCH, by=home.li, now=NOW)
    ticks.bundle(NOW + bundles.KEPT * 2)
    with pytest.raises(BundleNotThere):
        bundles.take(pk=bundle.pk, by=home.zhao, now=NOW)
    assert not bundles.path_of(bundle).exists()


def test_a_bundle_is_asked_for_and_taken_on_the_page(home):
    head = Client()
    head.force_login(home.zhao)
    answer = head.post("/compliance/bundles/", {"month": "2026-03", "clause": "", "department": ""})
    assert answer.status_code == 302
    bundle = Bundle.objects.get()
    assert "正在做" in head.get("/compliance/bundles/").content.decode()
    assert head.get(f"/compliance/bundles/{bundle.pk}/").status_code == 404
    bundles.make(bundle.pk, now=NOW)
    assert f"/compliance/bundles/{bundle.pk}/" in head.get("/compliance/bundles/").content.decode()
    file = head.get(f"/compliance/bundles/{bundle.pk}/")
    content = b"".join(file)
    assert hashlib.sha256(content).hexdigest() == Bundle.objects.get().sha256
    wrong = head.post("/compliance/bundles/", {"month": "2026-13", "clause": "", "department": ""})
    assert wrong.status_code == 422 and Bundle.objects.count() == 1


def test_the_number_of_files_of_evidence_does_not_multiply(home):
    Evidence.objects.create(
        obligation=home.waived, kind="call_log", file=home.file, at=TOLD, act=home.kept.uid
    )
    _bundle, archive = made(home)
    assert sum(name.startswith("evidence/") for name in archive.namelist()) == 1
