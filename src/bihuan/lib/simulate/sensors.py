"""What the sensors make of the truth: noise, resolution, and the ways in which they fail."""

from __future__ import annotations

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice
from bihuan.lib.simulate.failures import Faults, Kind
from bihuan.lib.simulate.model import Template

_NOISE, _SPIKE, _HEIGHT = 5_000, 5_100, 5_101
SPIKE_CHANCE = 0.05  # of a sample, at full extent
SPIKE_SIZE = (2.0, 6.0)  # times the value, or the same number of units where it is small


class Sensors:
    """The sensors of some machines of one template."""

    def __init__(self, template: Template, machines: int, dice: Dice) -> None:
        self._dice = dice
        points = template.points
        self._noise = np.array([each.noise for each in points])
        self._share = np.array([each.share for each in points])
        self._low = np.array([each.low for each in points])
        self._high = np.array([each.high for each in points])
        self._scale = 10.0 ** np.array([each.decimals for each in points])
        noisy = self._noise + self._share > 0
        self._noisy = np.flatnonzero(noisy)
        self._held: Array = np.full((machines, len(points)), np.nan)

    def read(self, true: Array, t: float, faults: Faults) -> Array:
        """Return what the device reads at ``t``, from the true values [machine, point]."""
        moment = round(t * 1000)
        read = true.copy()
        noisy = self._noisy
        drawn = self._dice.normal(_NOISE, moment, len(noisy))
        deviation = self._noise[noisy] + self._share[noisy] * np.abs(true[:, noisy])
        read[:, noisy] += drawn * deviation
        rows, columns, severity = faults.of_points(Kind.SENSOR_SPIKES, t)
        if len(rows):
            hit = self._dice.uniform(_SPIKE, moment)[rows] < SPIKE_CHANCE * severity
            height = self._dice.between(*SPIKE_SIZE, _HEIGHT, moment)[rows]
            read[rows, columns] += hit * height * np.maximum(np.abs(true[rows, columns]), 1.0)
        read = np.rint(np.clip(read, self._low, self._high) * self._scale) / self._scale
        self._stick(read, t, faults)
        return read

    def _stick(self, read: Array, t: float, faults: Faults) -> None:
        """A stuck sensor repeats the last value it had."""
        rows, columns, _severity = faults.of_points(Kind.SENSOR_STUCK, t)
        if not len(rows) and np.isnan(self._held).all():
            return
        stuck = np.zeros(read.shape, dtype=bool)
        stuck[rows, columns] = True
        fresh = stuck & np.isnan(self._held)
        self._held[fresh] = read[fresh]
        self._held[~stuck] = np.nan
        read[stuck] = self._held[stuck]
