"""The numbers of the drift detector."""

from __future__ import annotations

from dataclasses import dataclass

_DAY_S = 86_400.0


@dataclass(frozen=True)
class Settings:
    """Every number by which the detector judges. Figures are F1 and share of false alarms on the rig of
    `bihuan bench skab`; README.md has what else was tried.

    short_s      Seconds of the short mean, which takes away the noise of single samples. 13 to 17 s were
                 equal; 8 s found less (0.81), 20 s brought more false alarms (0.14 for 0.12).
    level_s      Time constant with which the level follows a channel that is not in alarm: slower
                 than the faults looked for, faster than day and night. 80 to 120 s were equal.
    gap_s        The level takes a silence for no longer than this: what the machine did meanwhile is not
                 known, and one sample behind it must not become the level. (The short mean starts
                 anew by itself after a silence longer than `short_s`.)
    settle_s     The first part of the training, from which the level starts; no residual of it counts.
    share        The share of residuals in training that count as the machine's ordinary life. The
                 largest one would hang on a single outlier.
    raise_at     So many times the ordinary residual raises the alarm. Training is short, and tomorrow is
                 a little wilder than it. 1.5 to 1.7 were equal; 1.4 brings false alarms (0.16), at 1.8
                 the faults of one file are lost (0.77).
    clear_at     Back inside the ordinary (once) clears it. Between the two an alarm stays as it is, so that
                 it does not flutter.
    wander       A channel is judged when the spread of its residuals is below so many times the spread
                 from one sample to the next. Above it the channel wanders rather than scatters (a
                 temperature that rises all morning), and leaving its level says nothing. At one
                 wandering outweighs scatter.
    worth        Of the level: a limit lies at least so far from it, for what a very quiet sensor tells apart
                 below is no reason to call anybody. (`ordinary` alone; a share of 0.02 loses the first
                 valve of the rig, whose flow falls by a fiftieth.)
    least_rows   Fewer residuals than this in training are no baseline: of 100 one is beyond `share`.
    """

    short_s: float = 15.0
    level_s: float = 100.0
    gap_s: float = 30.0
    settle_s: float = 50.0
    share: float = 0.99
    raise_at: float = 1.6
    clear_at: float = 1.0
    wander: float = 1.0
    least_rows: int = 100
    worth: float = 0.0

    def __post_init__(self) -> None:
        positive = (self.short_s, self.level_s, self.gap_s, self.settle_s, self.wander)
        if not all(value > 0 for value in positive):
            raise ValueError("times and the limit of wandering are above zero")
        if not 0 < self.share < 1 or not 0 < self.clear_at <= self.raise_at or self.least_rows < 2:
            raise ValueError("share lies in (0, 1), clear_at in (0, raise_at], least_rows from 2")


FAST = Settings()
"""Faults that come within minutes, on samples: a valve, cavitation, an unbalanced load."""

SLOW = Settings(
    short_s=3 * _DAY_S,
    level_s=30 * _DAY_S,
    gap_s=10 * _DAY_S,
    settle_s=5 * _DAY_S,
    raise_at=2.4,
    worth=0.1,
)
"""Wear that grows over weeks, on hourly means: the same shape with three days and a month. README.md
has what a short mean of one day cost in false alarms: behind a Sunday it is that of a single hour.
"""
