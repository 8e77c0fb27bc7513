"""A ZIP written as a stream to disk, with the SHA-256 of everything in it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

PIECE = 256 * 1024
PACKED = (".zip", ".jpg", ".png", ".webp", ".mp3", ".m4a", ".mp4", ".docx", ".xlsx", ".pptx", ".gz")


class Archive:
    """Members are added one after the other; `close` adds SHA256SUMS."""

    def __init__(self, path: Path, at: datetime) -> None:
        self._zip = ZipFile(path, "w", ZIP_DEFLATED, allowZip64=True)
        self._at = at
        self.sums: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """A small text."""
        with self._begin(name) as out:
            out.write(content)
        self.sums[name] = hashlib.sha256(content).hexdigest()

    def add_file(self, name: str, path: Path) -> str:
        """A file of any size; its SHA-256."""
        found = hashlib.sha256()
        with path.open("rb") as file, self._begin(name) as out:
            while piece := file.read(PIECE):
                found.update(piece)
                out.write(piece)
        self.sums[name] = found.hexdigest()
        return self.sums[name]

    def close(self) -> None:
        lines = [f"{digest}  {name}\n" for name, digest in sorted(self.sums.items())]
        with self._begin("SHA256SUMS") as out:
            out.write("".join(lines).encode())
        self._zip.close()

    def _begin(self, name: str) -> IO[bytes]:
        info = ZipInfo(name, self._at.timetuple()[:6])
        info.compress_type = ZIP_STORED if name.lower().endswith(PACKED) else ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return self._zip.open(info, "w", force_zip64=True)
