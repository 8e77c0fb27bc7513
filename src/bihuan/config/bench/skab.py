"""Drift detection on the recordings of a pump rig with labelled faults.

Trained on the first 400 rows of each file alone, as the rig's authors do; the rows behind them are
judged. F1 and the false-alarm rate (FAR) count rows of all files together; MAR is the share of fault rows
that were missed. Baselines of the same run: limits of three standard deviations on every channel, and the
distance of all channels together from their mean in training. `halves`: over seeded halves of the files,
what our settings give on one half (they were chosen with all files in sight), and `chosen_on_other_half`, what
the best settings of the other half give there: only that was chosen on none of the files it is measured on.
Needs the folder of the recordings (`BIHUAN_SHARED`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.lib.diagnosis import FAST, Settings, follow, judged, learn

DATA = (
    Path(os.environ.get("BIHUAN_SHARED", Path(__file__).resolve().parents[5] / "shared"))
    / "data/skab"
)
TRAINING = 400
LIMITS = {"f1": 0.80, "far": 0.15}
SEED, HALVES = 5, 200
NEAR = ((10.0, 15.0, 20.0), (60.0, 100.0, 150.0), (1.3, 1.6, 1.9))
_NOT_CHANNELS = {"datetime", "anomaly", "changepoint"}

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Recording:
    """One file: seconds, a row a sample, a name a channel, and which rows are labelled a fault."""

    name: str
    times: Floats
    rows: Floats
    channels: tuple[str, ...]
    fault: Bools


def run() -> dict[str, Any]:
    """Measure every labelled file; JSON-ready."""
    files = recordings(DATA)
    if not files:
        return {"skipped": f"no recordings at {DATA}"}
    ours = _counted(files, drifted)
    whole = rates(ours.sum(axis=0))
    return {
        "files": len(files), "rows": int(ours.sum()), "ours": whole,
        "three_sigma": rates(_counted(files, _three_sigma).sum(axis=0)),
        "distance_from_mean": rates(_counted(files, _distance).sum(axis=0)),
        "halves": _halves(files, ours), "quiet_rig": _quiet(), "each": {
            file.name: rates(counts) for file, counts in zip(files, ours, strict=True)
        },
        "follow_us_a_sample": _speed(files[0]), "limits": LIMITS,
        "ok": whole["f1"] >= LIMITS["f1"] and whole["far"] <= LIMITS["far"],
    }  # fmt: skip


def recordings(folder: Path) -> list[Recording]:
    """The files with labels, in order of name."""
    found = [read(path) for path in sorted(folder.glob("*/*.csv"))]
    return [file for file in found if len(file.fault)]


def read(path: Path) -> Recording:
    """One file; without labels `fault` is empty."""
    head, *lines = path.read_text("utf-8").splitlines()
    names = head.split(";")
    table = [line.split(";") for line in lines]
    channels = [at for at, name in enumerate(names) if name not in _NOT_CHANNELS]
    clock = [datetime.fromisoformat(f"{row[names.index('datetime')]}+00:00") for row in table]
    label = names.index("anomaly") if "anomaly" in names else None
    return Recording(
        f"{path.parent.name}/{path.stem}", np.array([each.timestamp() for each in clock]),
        np.array([[float(row[at]) for at in channels] for row in table]),
        tuple(names[at] for at in channels),
        np.array([] if label is None else [float(row[label]) > 0 for row in table], bool),
    )  # fmt: skip


def drifted(file: Recording, settings: Settings = FAST) -> Bools:
    """Our alarms behind the training part."""
    baseline, state = learn(file.times[:TRAINING], file.rows[:TRAINING], file.channels, settings)
    return judged(baseline, state, file.times[TRAINING:], file.rows[TRAINING:]).alarm


def rates(counts: NDArray[np.int64]) -> dict[str, float]:
    """F1, FAR and MAR of hits, false alarms, misses and quiet rows."""
    hit, false, missed, quiet = (int(each) for each in counts)
    return {
        "f1": round(2 * hit / max(2 * hit + false + missed, 1), 3),
        "far": round(false / max(false + quiet, 1), 3),
        "mar": round(missed / max(hit + missed, 1), 3),
    }


def counted(fault: Bools, alarm: Bools) -> NDArray[np.int64]:
    """Hits, false alarms, misses and quiet rows."""
    both = (alarm & fault, alarm & ~fault, ~alarm & fault, ~alarm & ~fault)
    return np.array([int(each.sum()) for each in both])


def _counted(files: Sequence[Recording], alarms: Callable[[Recording], Bools]) -> NDArray[np.int64]:
    return np.array([counted(file.fault[TRAINING:], alarms(file)) for file in files])


def _three_sigma(file: Recording) -> Bools:
    training = file.rows[:TRAINING]
    far = np.abs(file.rows[TRAINING:] - training.mean(axis=0)) > 3 * training.std(axis=0)
    found: Bools = far.any(axis=1)
    return found


def _distance(file: Recording) -> Bools:
    """Beyond the largest distance (Mahalanobis) of the training part."""
    training = file.rows[:TRAINING]
    inverse = np.linalg.pinv(np.cov(training.T))
    away = file.rows - training.mean(axis=0)
    far = np.einsum("ij,jk,ik->i", away, inverse, away)
    found: Bools = far[TRAINING:] > far[:TRAINING].max()
    return found


def _halves(files: Sequence[Recording], ours: NDArray[np.int64]) -> dict[str, Any]:
    tried = [
        _counted(files, lambda file, made=made: drifted(file, made))  # type: ignore[misc]
        for made in (replace(FAST, short_s=a, level_s=b, raise_at=c) for a, b, c in product(*NEAR))
    ]  # fmt: skip
    chance = np.random.default_rng(SEED)
    held, chosen = [], []
    for _ in range(HALVES):
        order = chance.permutation(len(files))
        known, other = order[: len(files) // 2], order[len(files) // 2 :]
        best = max(tried, key=lambda counts: _worth(rates(counts[known].sum(axis=0))))
        held.append(rates(ours[other].sum(axis=0)))
        chosen.append(rates(best[other].sum(axis=0)))
    return {"settings_tried": len(tried), "times": HALVES, "ours": _spread(held), "chosen_on_other_half": _spread(chosen)}  # fmt: skip


def _worth(found: dict[str, float]) -> float:
    return found["f1"] - max(found["far"] - LIMITS["far"], 0) * 10


def _spread(found: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    return {
        name: {
            "mean": round(float(np.mean([each[name] for each in found])), 3),
            "p10": round(float(np.quantile([each[name] for each in found], 0.1)), 3),
            "p90": round(float(np.quantile([each[name] for each in found], 0.9)), 3),
        }
        for name in ("f1", "far", "mar")
    }


def _quiet() -> dict[str, Any]:
    """The recording without a fault, cut into pieces as long as the files: how often it alarms."""
    path = DATA / "anomaly-free" / "anomaly-free.csv"
    if not path.exists():
        return {}
    whole, length = read(path), 1200
    shares = []
    for at in range(0, len(whole.rows) - length, length // 2):
        piece = slice(at, at + length)
        shares.append(float(drifted(replace(whole, times=whole.times[piece], rows=whole.rows[piece])).mean()))  # fmt: skip
    return {"pieces": len(shares), "far": round(float(np.mean(shares)), 3), "without_alarm": sum(each == 0 for each in shares)}  # fmt: skip


def _speed(file: Recording) -> float:
    """Microseconds that one sample of all channels takes as a stream."""
    baseline, state = learn(file.times[:TRAINING], file.rows[:TRAINING], file.channels)
    times, rows = file.times[TRAINING:].tolist(), file.rows[TRAINING:].tolist()
    begun = perf_counter()
    for time, row in zip(times, rows, strict=True):
        state, _ = follow(baseline, state, [time], [row])
    return round((perf_counter() - begun) / len(times) * 1e6, 1)
