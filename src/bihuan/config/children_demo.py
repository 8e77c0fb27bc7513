"""The child of `bihuan demo` that lives the demo company's year, with a bar on the terminal."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from bihuan.config.cores import share_a_core
from bihuan.config.django_setup import set_up
from bihuan.config.home import home
from bihuan.config.postgres import is_external
from bihuan.config.supervisor import die_with_parent
from bihuan.config.words import Halt, say

_MODULE = "bihuan.config.demo"
_WIDTH = 30


def main() -> None:
    """Say where the company is, and live its year unless that was done before."""
    die_with_parent()
    address, pack, customers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if find_spec(_MODULE) is None:
        print(say("这个版本不含演示公司。", "This version has no demo company."))
        print(say(f"闭环已启动：{address}", f"Bihuan is running: {address}"), flush=True)
        return
    set_up()
    demo = import_module(_MODULE)
    if (other := demo.lives_here()) not in ("", pack):
        raise Halt(
            "other_maker",
            f"数据目录 {home()} 里住的是“{other}”这家厂。要看另一家，请换一个 BIHUAN_HOME。",
            f'The data folder {home()} holds the maker "{other}". '
            "Choose another BIHUAN_HOME for another maker.",
        )
    done = home() / "run" / "demo.json"
    lived = _is_done(done)
    welcome = demo.welcome(address, pack)
    if lived:
        print(welcome, flush=True)
    else:
        print(say("正在建立公司……", "The company is being founded..."), flush=True)
        if not is_external():
            share_a_core(_session())
        now_lived = say(
            "这一年正在生成，页面已经可以打开。",
            "The year is being lived; the pages already answer.",
        )
        founded = partial(print, f"\n{welcome}\n\n{now_lived}", flush=True)
        demo.live(Progress(done), pack=pack, customers=customers, founded=founded)
    print(say("演示的一年已就绪。", "The demo's year is ready."), flush=True)


def _session() -> int:
    """The process of the database that works for this one."""
    from django.db import connection

    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


class Progress:
    """Called with what is done, out of how much, and what it is about.

    Draws the bar on the terminal, and writes it to `run/demo.json` for the pages to show. The
    year is done when `done` reaches `total`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shown = ""

    def __call__(self, done: int, total: int, what: str = "") -> None:
        path = self._path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(
            json.dumps({"done": done, "total": total, "what": what}, ensure_ascii=False),
            encoding="utf-8",
        )
        draft.replace(path)
        self._draw(done, total, what)

    def _draw(self, done: int, total: int, what: str) -> None:
        filled = _WIDTH * done // max(total, 1)
        percent = 100 * done // max(total, 1)
        line = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {percent:3d}% {what}"
        if line == self._shown:
            return
        self._shown = line
        if sys.stdout.isatty():
            print(f"\r\x1b[2K{line}", end="" if done < total else "\n", flush=True)
        else:
            print(line, flush=True)


def _is_done(path: Path) -> bool:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return bool(state["done"] >= state["total"])
    except (FileNotFoundError, ValueError, KeyError):
        return False


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.config.settings")
    try:
        main()
    except Halt as halt:
        print(halt.sentence(), file=sys.stderr)
        sys.exit(1)
