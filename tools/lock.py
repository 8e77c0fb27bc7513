"""Locks `requirements/*.in` into `*.txt`: every version and hash, for Python 3.11 to 3.14.

Works in a throw-away virtual environment with a resolver that can look at all systems at once.
No address of an index is written.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Later lists are held to the versions of the earlier ones by `-c`.
LISTS = ("run", "opcua", "sparkplug", "test", "archive")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bihuan-lock-") as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv")
        for name in LISTS:
            run(
                *(python, "-m", "uv", "pip", "compile", "--quiet", "--universal"),
                *("--python-version", "3.11", "--generate-hashes", "--no-header"),
                # `tools/install.py` builds nothing: what has no wheel must not get into the lock.
                *("--only-binary", ":all:"),
                *("--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
                *(f"requirements/{name}.in", "-o", f"requirements/{name}.txt", *sys.argv[1:]),
            )


def run(*words: str | Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run(list(words), check=True, cwd=ROOT, env=environment)


if __name__ == "__main__":
    main()
