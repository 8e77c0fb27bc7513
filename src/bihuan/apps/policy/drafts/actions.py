"""What may be done to a draft. Each change is read before it is kept: a draft is always readable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bihuan.apps.policy.actions import digest, publish, readable, ready
from bihuan.apps.policy.drafts.presets import Preset, clauses_for, with_preset
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base.access.models import User
from bihuan.base.access.queries import who_may
from bihuan.base.access.scope import may
from bihuan.base.audit import actions as audit
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.notify.actions import tell
from bihuan.lib.policy import Pack
from bihuan.lib.policy.edit import set_value
from bihuan.lib.policy.errors import BadEdit
from bihuan.lib.policy.limits import local_moment
from bihuan.lib.policy.pieces import added_after, piece_at, replaced


class NotADraft(Refusal):
    code = "policy.not_a_draft"
    message = _("这一版不是草稿，不能改。送审中的先撤回，已发布的另起一版。")


class OwnApproval(Refusal):
    code = "policy.own_approval"
    message = _("自己改过或送审的，要由没有动过它的另一个人批准。")


class NothingChanged(Refusal):
    code = "policy.nothing_changed"
    message = _("和原来的一样，没有可送审的改动。")


def revise(*, version: PackVersion, name: str, by: User, now: datetime) -> PackVersion:
    """Begin a draft with the words of another version. Raises BadInput for a name that is taken."""
    name = name.strip()
    if not name or len(name) > 20:
        raise BadInput({"name": str(_("版本名写 1 到 20 个字。"))})
    if PackVersion.objects.filter(code=version.code, version=name).exists():
        raise BadInput({"name": str(_("版本 %(name)s 已经有了，换一个名字。")) % {"name": name}})
    files = _named(version.files, name)
    pack = readable(files)
    with transaction.atomic():
        row = PackVersion.objects.create(
            code=pack.code, version=pack.version, title=pack.title.to_data(), files=files,
            hash=digest(files), made_at=now, base=version, changed_at=now, changed_by=by,
        )  # fmt: skip
        audit.log("policy.draft", by=by, now=now, thing=row, after={"base": str(version)})
    return row


def _named(files: Mapping[str, str], name: str) -> dict[str, str]:
    """The same words under the name of another version."""
    return {**files, "pack.yaml": set_value(files["pack.yaml"], ["version"], name)}


def set_parameter(
    *, draft: PackVersion, name: str, value: str, revision: int, by: User, now: datetime
) -> PackVersion:
    """Give a named value of the regulation another value, written where the value in force stands:
    in the chosen option of a choice that sets it, else in the parameter itself.
    """

    def change(pack: Pack, files: dict[str, str]) -> None:
        found = pack.parameters.get(name)
        if found is None:
            raise BadInput({"value": str(_("没有参数 %(name)s。")) % {"name": name}})
        path: list[str | int] = ["parameters", name, "value"]
        for choice in pack.choices:
            if name in choice.sets:
                path = ["choices", choice.id, "options", choice.chosen, "set", name]
        files[found.file] = set_value(files[found.file], path, _scalar(value))

    return _changed(draft, change, what=f"parameter {name}", revision=revision, by=by, now=now)


def set_field(
    *, draft: PackVersion, rule: str, field: str, value: str, revision: int, by: User, now: datetime
) -> PackVersion:  # fmt: skip
    """Write one plain line of a rule anew."""

    def change(pack: Pack, files: dict[str, str]) -> None:
        found = pack.rules.get(rule)
        if found is None or found.section != "rules":
            raise BadInput({"value": str(_("没有规则 %(name)s。")) % {"name": rule}})
        files[found.file] = set_value(files[found.file], ["rules", rule, field], _scalar(value))

    return _changed(draft, change, what=f"rule {rule}.{field}", revision=revision, by=by, now=now)


def choose(
    *, draft: PackVersion, choice: str, option: str, revision: int, by: User, now: datetime
) -> PackVersion:
    """Settle an ambiguity in another way."""

    def change(pack: Pack, files: dict[str, str]) -> None:
        found = next((each for each in pack.choices if each.id == choice), None)
        if found is None or option not in found.options:
            raise BadInput({"option": str(_("没有这个选项。"))})
        files[found.file] = set_value(files[found.file], ["choices", choice, "chosen"], option)

    return _changed(draft, change, what=f"choice {choice}", revision=revision, by=by, now=now)


def put_preset(
    *, draft: PackVersion, preset: Preset, clause: str, revision: int, by: User, now: datetime
) -> PackVersion:
    """Give the draft the limits of a preset; rules that it lacks come under a clause."""

    def change(pack: Pack, files: dict[str, str]) -> None:
        if clause not in clauses_for(pack):
            raise BadInput({"clause": str(_("请选一条由规则落实的条款。"))})
        files.update(with_preset(preset, clause, pack, files))

    what = f"preset {preset.code} {clause}"
    return _changed(draft, change, what=what, revision=revision, by=by, now=now)


def write(
    *, draft: PackVersion, file: str, line: int, text: str, revision: int, by: User, now: datetime
) -> PackVersion:
    """Write the entry that begins at a line anew; an empty text takes it out."""

    def change(_pack: Pack, files: dict[str, str]) -> None:
        piece = _piece(files, file, line)
        files[file] = replaced(files[file], piece, text)

    return _changed(draft, change, what=f"{file}:{line}", revision=revision, by=by, now=now)


def add(
    *, draft: PackVersion, file: str, line: int, text: str, revision: int, by: User, now: datetime
) -> PackVersion:
    """Write another entry behind the one that begins at a line."""

    def change(_pack: Pack, files: dict[str, str]) -> None:
        piece = _piece(files, file, line)
        files[file] = added_after(files[file], piece, text)

    return _changed(draft, change, what=f"{file}:{line}+", revision=revision, by=by, now=now)


def checked(files: Mapping[str, str]) -> dict[str, str]:
    """The same files, if they can be read. Raises BadInput."""
    readable(files)
    return dict(files)


def _piece(files: Mapping[str, str], file: str, line: int) -> Any:
    try:
        return piece_at(files[file], line)
    except KeyError:
        raise BadInput({"text": str(_("没有文件 %(name)s。")) % {"name": file}}) from None
    except BadEdit as bad:
        raise BadInput({"text": bad.sentence()}) from bad


def _scalar(value: str) -> str | int | float:
    """A number stays a number; everything else is text."""
    text = value.strip()
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _changed(
    draft: PackVersion, change: Callable[[Pack, dict[str, str]], None], *, what: str, revision: int,
    by: User, now: datetime,
) -> PackVersion:  # fmt: skip
    """Read what the change makes of the draft and keep it, or refuse and leave all as it was."""
    with transaction.atomic():
        row = PackVersion.objects.select_for_update().get(pk=draft.pk)
        if row.status != Status.DRAFT:
            raise NotADraft
        if row.revision != revision:
            raise ChangedMeanwhile
        files = dict(row.files)
        try:
            change(pack_of(row), files)
        except BadEdit as bad:
            raise BadInput({"text": bad.sentence()}) from bad
        pack = readable(files)
        if (pack.code, pack.version) != (row.code, row.version):
            raise BadInput({"text": str(_("代号和版本名不能在这里改。"))})
        before = row.hash
        row.files, row.hash, row.title = files, digest(files), pack.title.to_data()
        row.revision, row.changed_at, row.changed_by = revision + 1, now, by
        row.authors = sorted({*row.authors, by.pk})
        row.save(
            update_fields=[
                "files", "hash", "title", "revision", "changed_at", "changed_by", "authors",
            ]
        )  # fmt: skip
        audit.log(
            "policy.changed", by=by, now=now, thing=row, before={"hash": before},
            after={"hash": row.hash, "what": what},
        )  # fmt: skip
    return row


def discard(*, draft: PackVersion, by: User, now: datetime) -> None:
    """Throw a draft away."""
    with transaction.atomic():
        row = PackVersion.objects.select_for_update().get(pk=draft.pk)
        if row.status != Status.DRAFT:
            raise NotADraft
        audit.log("policy.discarded", by=by, now=now, thing=row, before={"hash": row.hash})
        row.delete()


def submit(
    *, draft: PackVersion, from_on: date, note: str, trial: int | None, revision: int, by: User,
    now: datetime,
) -> PackVersion:  # fmt: skip
    """Send a draft for approval with the day on which it shall take force and its trial.

    Raises what stands against publishing it: a value left open, a case that fails, a
    contradiction.
    """
    with transaction.atomic():
        row = PackVersion.objects.select_for_update().get(pk=draft.pk)
        if row.status != Status.DRAFT:
            raise NotADraft
        if row.revision != revision:
            raise ChangedMeanwhile
        pack = pack_of(row)
        ready(pack)
        if from_on <= now.astimezone(pack.zone).date():
            raise BadInput({"from_on": str(_("生效日期要在今天以后：制度不能管已经过去的事。"))})
        if row.base is not None and _named(row.base.files, row.version) == row.files:
            raise NothingChanged
        row.status = Status.REVIEW
        row.submission = {
            "by": by.pk, "name": by.name, "at": now.isoformat(), "from_on": from_on.isoformat(),
            "note": note, "trial": trial,
        }  # fmt: skip
        row.save(update_fields=["status", "submission"])
        audit.log("policy.submitted", by=by, now=now, thing=row, after=row.submission)
        tell(
            to=[person for person in who_may("policy.publish") if _another(row, person)],
            kind="policy.review", now=now, key=f"review:{row.pk}:{row.revision}:{now.isoformat()}",
            title={"zh": f"{row.named('zh')} 等您批准", "en": f"{row.named('en')} waits for your approval"},
            text={"zh": f"{by.name} 送审，定于 {from_on} 生效。", "en": f"Sent by {by.name}, to take force on {from_on}."},
            url=reverse("policy:draft", args=[row.pk]),
        )  # fmt: skip
    return row


def take_back(*, draft: PackVersion, why: str, by: User, now: datetime) -> PackVersion:
    """Back to the desk: withdrawn by who sent it, or sent back by who should approve."""
    with transaction.atomic():
        row = PackVersion.objects.select_for_update().get(pk=draft.pk)
        if row.status != Status.REVIEW:
            raise ChangedMeanwhile
        sender = row.submission["by"]
        row.status = Status.DRAFT
        row.submission = {
            **row.submission,
            "back": why,
            "back_by": by.name,
            "back_at": now.isoformat(),
        }
        row.save(update_fields=["status", "submission"])
        audit.log("policy.sent_back", by=by, now=now, thing=row, after={"why": why})
        if sender != by.pk:
            tell(
                to=User.objects.get(pk=sender), kind="policy.sent_back", now=now,
                key=f"back:{row.pk}:{now.isoformat()}",
                title={"zh": f"{row.named('zh')} 退回来了", "en": f"{row.named('en')} was sent back"},
                text={"zh": why, "en": why}, url=reverse("policy:draft", args=[row.pk]),
            )  # fmt: skip
    return row


def _another(row: PackVersion, person: User) -> bool:
    """Whether somebody neither sent the draft nor wrote a word of it (the rule of two)."""
    return person.pk != row.submission.get("by") and person.pk not in row.authors


def may_approve(row: PackVersion, person: User) -> bool:
    """Whether somebody may approve what waits."""
    return may(person, "policy.publish") and _another(row, person)


def approve(*, draft: PackVersion, by: User, now: datetime) -> PackVersion:
    """Approve what was sent: it takes force at the beginning of the day that was asked for.

    Raises OwnApproval for who wrote or sent any of it, and what `publish` raises.
    """
    with transaction.atomic():
        row = PackVersion.objects.select_for_update().get(pk=draft.pk)
        if row.status != Status.REVIEW:
            raise ChangedMeanwhile
        if not _another(row, by):
            raise OwnApproval
        from_at = local_moment(row.submission["from_on"], pack_of(row).zone)
        PackVersion.objects.filter(pk=row.pk).update(status=Status.DRAFT)
        return publish(version=row, from_at=from_at, by=by, now=now)
