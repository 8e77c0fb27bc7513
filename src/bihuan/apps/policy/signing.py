"""Signing what is approved: the key is this installation's, the statement names the person."""

from __future__ import annotations

from datetime import UTC, datetime

from bihuan.apps.policy.models import PackSignature, PackVersion
from bihuan.base.access.models import User
from bihuan.base.keys import key
from bihuan.lib.policy import hash_of
from bihuan.lib.policy.bundle import Statement, sign, zipped

KEY = "pack_approval"


def sign_version(*, version: PackVersion, by: User, now: datetime) -> PackSignature:
    """Sign a version as approved by somebody; within the caller's transaction."""
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    approver = f"{by.name} ({by.username})"
    statement = Statement(version.code, version.version, hash_of(version.files), approver, at)
    made = sign(statement, key(KEY))
    return PackSignature.objects.create(
        version=version, text=made.to_json(), key=made.key, signed_at=now, signed_by=by
    )


def bundle(version: PackVersion) -> bytes:
    """A version as a ZIP of its folder, with its signature if it has one."""
    row = PackSignature.objects.filter(version=version).first()
    return zipped(version.code, version.files, row.text if row is not None else "")
