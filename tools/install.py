"""Makes `.venv` with what the lists of requirements say: `python3 tools/install.py run [test]`.

Needs nothing but Python 3.11 and its venv module. Everything is installed by hash. The program
itself is not built: a `.pth` file points at `src`, and `.venv/bin/bihuan` starts it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LAUNCHER = """#!{python}
import sys

from bihuan.config.cli import main

sys.exit(main())
"""


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what older ones start
        stop(
            "需要 Python 3.11 或更新的版本 / Python 3.11 or newer is needed "
            f"({sys.version.split()[0]} found)."
        )
    make_venv()
    for name in sys.argv[1:]:
        install(ROOT / "requirements" / f"{name}.txt")
    link()


def make_venv() -> None:
    if PYTHON.exists() and runs(PYTHON):
        return
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=False)
    if made.returncode != 0:
        stop(
            "无法创建 .venv；Debian/Ubuntu 请先安装 python3-venv / "
            ".venv could not be made; on Debian or Ubuntu install python3-venv first."
        )


def install(listed: Path) -> None:
    """Install a list, unless exactly this list has been installed before."""
    stamp = VENV / f".installed-{listed.stem}"
    mark = hashlib.sha256(listed.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == mark:
        return
    print(f"pip install -r {listed.relative_to(ROOT)}", flush=True)
    done = subprocess.run(
        [
            *(PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check"),
            *("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", listed),
        ],
        check=False,
    )
    if done.returncode != 0:
        stop("依赖没有装好，见上 / the requirements were not installed, see above.")
    stamp.write_text(mark, encoding="ascii")


def link() -> None:
    """Let the interpreter find `src`, and write the `bihuan` command."""
    known = {"base": str(VENV), "platbase": str(VENV)}
    packages = Path(sysconfig.get_path("purelib", scheme="venv", vars=known))
    found = next(VENV.glob("lib/python*/site-packages"), packages)
    write(found / "bihuan.pth", f"{ROOT / 'src'}\n")
    launcher = VENV / "bin" / "bihuan"
    write(launcher, LAUNCHER.format(python=PYTHON))
    launcher.chmod(0o755)


def write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def runs(python: Path) -> bool:
    """Say whether this interpreter still works (the system's may have been replaced)."""
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", probe], check=False, capture_output=True).returncode == 0


def stop(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    main()
