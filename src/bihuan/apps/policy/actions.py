"""Bringing a regulation into the company and into force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import PUBLISHED, faults_of, read_files
from bihuan.apps.policy.searching import entries
from bihuan.apps.policy.signing import sign_version
from bihuan.base.access.models import User
from bihuan.base.audit import actions as audit
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.facts.actions import Telling, tell, tell_all
from bihuan.base.search import actions as search
from bihuan.base.texts import in_a_row
from bihuan.base.together import forget
from bihuan.base.vocabulary import PACKS
from bihuan.lib.policy import Pack, PackErrors, with_general


class NotReady(Refusal):
    """The pack may not take force; the sentence names what is missing."""

    code = "pack_not_ready"
    message = _("还不能生效：%(why)s")

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = faults
        shown = in_a_row(faults[:5])
        super().__init__(why=shown if len(faults) <= 5 else f"{shown}；…（{len(faults)}）")


class NotRetroactive(Refusal):
    code = "pack_not_retroactive"
    message = _("制度不能从过去的时间起生效。请选今天之后的时刻。")


class NotTheFirst(Refusal):
    code = "pack_not_the_first"
    message = _("刚才已经有人发布了制度。以后的版本先导入为草稿，由另一个人批准。")


class SameVersion(Refusal):
    code = "pack_version_exists"
    message = _("版本号 %(version)s 已经用过。请换一个新的版本号。")


def shipped(code: str) -> dict[str, str]:
    """The files of a pack that comes with the product. Raises BadInput."""
    folder = PACKS / code
    if not (folder / "pack.yaml").exists():
        raise BadInput({"code": str(_("没有随产品提供的制度包 %(code)s。")) % {"code": code}})
    return files_of(folder)


def files_of(folder: Path) -> dict[str, str]:
    """The text files of a pack's folder by their relative path."""
    found = [path for path in sorted(folder.rglob("*")) if path.suffix in (".yaml", ".md")]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in found}


def general(code: str) -> dict[str, str] | None:
    """The files of a shipped pack that a company's pack lies over, if there is one."""
    folder = PACKS / code
    return files_of(folder) if code.isalnum() and (folder / "pack.yaml").exists() else None


def digest(files: Mapping[str, str]) -> str:
    """The hash that names exactly this content."""
    return hashlib.sha256(
        json.dumps(dict(files), sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()


def draft(
    *, files: Mapping[str, str], by: User | None, now: datetime, authors: Iterable[int] = ()
) -> PackVersion:
    """Keep a pack as a draft; ``authors`` wrote it beside who brings it in.

    Raises BadInput naming file and line of every fault.
    """
    files = with_general(files, general)
    pack = readable(files)
    if PackVersion.objects.filter(code=pack.code, version=pack.version).exists():
        raise SameVersion(version=pack.version)
    with transaction.atomic():
        row = PackVersion.objects.create(
            code=pack.code, version=pack.version, title=pack.title.to_data(), files=dict(files),
            hash=digest(files), made_at=now, base=PackVersion.objects.in_force(now).first(),
            authors=sorted({*authors, *([by.pk] if by is not None else [])}),
        )  # fmt: skip
        audit.log("policy.draft", by=by, now=now, thing=row, after={"hash": row.hash})
        return row


def bring_in(
    *, files: Mapping[str, str], from_at: datetime, by: User | None, now: datetime
) -> PackVersion:
    """Keep a pack and put it into force, or neither. Raises what `draft` and `publish` raise."""
    with transaction.atomic():
        return publish(version=draft(files=files, by=by, now=now), from_at=from_at, by=by, now=now)


def bring_in_first(
    *, files: Mapping[str, str], from_at: datetime, by: User | None, now: datetime
) -> PackVersion:
    """As `bring_in`, for the first regulation of all, which needs nobody else's yes. Raises
    NotTheFirst.
    """
    with transaction.atomic():
        _one_at_a_time()
        if PackVersion.objects.published().exists():
            raise NotTheFirst
        return bring_in(files=files, from_at=from_at, by=by, now=now)


def publish(
    *, version: PackVersion, from_at: datetime, by: User | None, now: datetime
) -> PackVersion:
    """Put a draft into force from an instant on; the version before it ends there.

    Raises NotReady (the pack contradicts itself, leaves a value open, or a case fails),
    NotRetroactive, ChangedMeanwhile.
    """
    pack = readable(version.files)
    ready(pack)
    with transaction.atomic():
        _one_at_a_time()
        if from_at < now and PackVersion.objects.published().exists():
            raise NotRetroactive
        before = PackVersion.objects.in_force(from_at).first()
        if before is not None:
            PackVersion.objects.filter(pk=before.pk).update(in_force_to=from_at)
        took = PackVersion.objects.filter(pk=version.pk, status=Status.DRAFT).update(
            status=Status.PUBLISHED, in_force_from=from_at, published_at=now, published_by=by,
            in_force_to=before.in_force_to if before is not None else None,
        )  # fmt: skip
        if not took:
            raise ChangedMeanwhile
        forget(PUBLISHED)
        version.refresh_from_db()
        if by is not None:
            sign_version(version=version, by=by, now=now)
        tell(
            "pack.published", at=now, now=now, by=by, subjects={},
            data={"pack": version.code, "version": version.version, "from": from_at.astimezone(UTC).isoformat()},
            key=f"pack:{version.code}:{version.version}",
        )  # fmt: skip
        _announce(version, from_at, by=by, now=now)
        search.put(*entries(pack))
        audit.log(
            "policy.publish",
            by=by,
            now=now,
            thing=version,
            after={"hash": version.hash, "from": from_at.isoformat()},
        )
    return version


def _one_at_a_time() -> None:
    """Which version comes before is asked only when the one who publishes beside is done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('policy publish', 0))")


def _announce(version: PackVersion, from_at: datetime, *, by: User | None, now: datetime) -> None:
    """Tell each of our own people that the version binds them: whoever is bound reads it."""
    edition = f"{version.code}@{version.version}"
    data = {"edition": edition, "in_force_on": timezone.localtime(from_at).date().isoformat()}
    bound = User.objects.ours().order_by("pk")
    tell_all(
        [
            Telling(
                "pack.announced", at=now, subjects={"person": pk}, data=data,
                key=f"pack:{edition}:person{pk}",
            )
            for pk in bound.values_list("pk", flat=True)
        ],
        now=now, by=by,
    )  # fmt: skip


def _lang() -> str:
    return "en" if (get_language() or "").startswith("en") else "zh"


def readable(files: Mapping[str, str]) -> Pack:
    """The pack of these files. Raises BadInput naming file and line of every fault."""
    try:
        return read_files(files)
    except PackErrors as errors:
        lang = _lang()
        raise BadInput(
            {f"{p.file}:{p.line}": p.sentence(lang) for p in errors.problems}
        ) from errors


def ready(pack: Pack) -> None:
    """Raises NotReady where a pack contradicts itself, leaves a value open, or a case fails."""
    if faults := faults_of(pack, _lang()):
        raise NotReady(faults)
