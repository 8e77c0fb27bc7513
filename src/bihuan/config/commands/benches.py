"""`bihuan bench`: measures, each as a ratio against a named baseline of the same run, as JSON.

A bench is a module `bench.py` of a library or an app with a function `run() -> dict`; one that
takes a size is given it as `name=size`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path

import click

from bihuan.config.words import Halt, say

_ROOT = Path(__file__).resolve().parent.parent.parent


@click.command(
    "bench", help=say("测量速度和大小，输出 JSON。", "Measure speed and size; prints JSON.")
)
@click.argument("names", nargs=-1)
def bench_command(names: tuple[str, ...]) -> None:
    """Run all benches, or those named; exit code 1 when one reports `ok: false`."""
    found = _benches()
    asked = [name.partition("=") for name in names or found]
    unknown = [name for name, _, _ in asked if name not in found]
    if unknown:
        raise Halt(
            "bench_unknown",
            f"没有名为 {unknown[0]} 的测量。可用的有：{'、'.join(found)}。",
            f"There is no bench {unknown[0]}. There are: {', '.join(found)}.",
        )
    results: dict[str, object] = {"machine": _machine()}
    fine = True
    for name, _, size in asked:
        click.echo(say(f"正在测量 {name}……", f"Measuring {name}..."), err=True)
        begun = time.monotonic()
        result = import_module(found[name]).run(*([size] if size else []))
        result.setdefault("took_s", round(time.monotonic() - begun, 1))
        fine = fine and result.get("ok", True) is not False
        results[name] = result
    click.echo(json.dumps(results, ensure_ascii=False, indent=2, default=str))
    if not fine:
        sys.exit(1)


def _benches() -> dict[str, str]:
    """Return the benches by name: of libraries, of apps, and of the whole (`config/benches`)."""
    found = {}
    for path in sorted(_ROOT.glob("*/*/bench.py")):
        module = ".".join(path.relative_to(_ROOT.parent).with_suffix("").parts)
        found[path.parent.name] = module
    for path in sorted((_ROOT / "config" / "bench").glob("[a-z]*.py")):
        found[path.stem] = f"bihuan.config.bench.{path.stem}"
    return found


def _machine() -> dict[str, object]:
    return {"cores": os.cpu_count(), "python": sys.version.split()[0], "system": sys.platform}
