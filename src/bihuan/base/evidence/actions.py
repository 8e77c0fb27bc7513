"""Taking a file in: on disk and synced first, then its row, in the caller's transaction."""

from __future__ import annotations

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File as Upload
from django.db import transaction

from bihuan.base.access.models import User
from bihuan.base.evidence.errors import FileEmpty, FileKindRefused, FileTooBig
from bihuan.base.evidence.images import rewritten
from bihuan.base.evidence.kinds import KINDS, LARGEST, MEGABYTE, Kind, plain_name, sniff, tidy_name
from bihuan.base.evidence.models import File, Sender


def store(upload: Upload[Any] | bytes, *, by: User | None, now: datetime, name: str = "") -> File:
    """
    Keep this content and return its row under the name that it was given, made safe; the same
    content is kept once.

    Raises FileTooBig, FileKindRefused, FileEmpty, ImageBroken: then nothing is kept.
    """
    shown = plain_name(name or getattr(upload, "name", "") or "") or "file"
    root = Path(settings.EVIDENCE_ROOT)
    draft = _drafted(upload, root, shown)
    try:
        sent = _hash_of(draft)
        kind = _checked(draft, shown)
        width = height = None
        if kind.is_image:
            content, mime, width, height = rewritten(draft.read_bytes(), kind.mime, shown)
            kind = KINDS[mime]
            _write(draft, content)
        sha256, size = _hash_of(draft), draft.stat().st_size
        _place(draft, place_of(root, sha256))
    finally:
        draft.unlink(missing_ok=True)
    with transaction.atomic():
        file, _made = File.objects.get_or_create(
            sha256=sha256,
            name=tidy_name(shown, kind),
            defaults={
                "original_sha256": sent,
                "kind": kind.mime,
                "size": size,
                "width": width,
                "height": height,
                "stored_at": now,
                "stored_by": by,
            },
        )
        if by is not None:
            Sender.objects.get_or_create(file=file, by=by, defaults={"at": now})
    return file


def place_of(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256[2:4] / sha256


def path_of(file: File) -> Path:
    """Where the content lies on disk."""
    return place_of(Path(settings.EVIDENCE_ROOT), file.sha256)


def intact(file: File) -> bool:
    """Whether the content on disk is what was stored."""
    path = path_of(file)
    return path.exists() and _hash_of(path) == file.sha256


def _checked(draft: Path, name: str) -> Kind:
    if draft.stat().st_size == 0:
        raise FileEmpty(name=name)
    kind = sniff(draft)
    if kind is None:
        raise FileKindRefused(name=name)
    if draft.stat().st_size > kind.limit:
        raise FileTooBig(name=name, limit=kind.limit // MEGABYTE)
    return kind


def _drafted(upload: Upload[Any] | bytes, root: Path, name: str) -> Path:
    folder = root / "drafts"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / secrets.token_hex(12)
    size = 0
    try:
        with draft.open("xb") as file:
            for piece in [upload] if isinstance(upload, bytes) else upload.chunks():
                size += len(piece)
                if size > LARGEST:
                    raise FileTooBig(name=name, limit=LARGEST // MEGABYTE)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _place(draft: Path, place: Path) -> None:
    if place.exists():
        return
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft.rename(place)
    place.chmod(0o400)
    for folder in (place.parent, place.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
