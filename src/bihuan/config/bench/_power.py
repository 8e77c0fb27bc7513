"""A disk whose power can be cut: what the kernel has not written to it by then is gone.

A file system in a file in memory. A kill leaves everything that a program wrote; a power cut only
what had reached the disk. So the file is copied as it is, before the kernel writes the rest, and
the copy takes its place. Needs root (mount) and mkfs.ext4.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "1G"
_JOURNAL = "loop,commit=300"
"""The journal writes every 5 seconds by itself; here it shall save nobody who does not ask."""


class Disk:
    """A file system at `place`, its file in `memory`."""

    def __init__(self, place: Path, memory: Path) -> None:
        self._place, self._memory, self._number = place, memory, 0
        self._image.touch()
        os.truncate(self._image, 2**30)
        _run("mkfs.ext4", "-q", "-E", "lazy_itable_init=0", self._image)
        _run("mount", "-o", _JOURNAL, self._image, place)

    def cut(self, kill: Callable[[], object]) -> None:
        """`kill` ends whoever writes here; what it wrote and did not sync is lost."""
        kill()
        old = self._image
        self._number += 1
        _run("cp", "--sparse=always", old, self._image)
        _run("umount", self._place)
        old.unlink()
        _run("mount", "-o", _JOURNAL, self._image, self._place)

    @property
    def _image(self) -> Path:
        return self._memory / f"disk{self._number}"


def can() -> bool:
    return (
        os.geteuid() == 0 and bool(shutil.which("mkfs.ext4")) and Path("/dev/loop-control").exists()
    )


@contextmanager
def disk(place: Path) -> Iterator[Disk]:
    """A disk at a folder that is made if need be; gone at the end."""
    memory = place.parent / f"{place.name}.memory"
    for each in (place, memory):
        each.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", memory)
    try:
        yield Disk(place, memory)
    finally:
        _run("umount", "-l", place, check=False)
        _run("umount", "-l", memory)


def _run(*words: str | Path, check: bool = True) -> None:
    subprocess.run(words, check=check, stdout=subprocess.DEVNULL)
