"""The world around a machine: local time, weather, and how heat gathers and leaves."""

from __future__ import annotations

from math import cos, floor, pi

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice

DAY_S = 86_400
EAST_S = 8 * 3600  # machines live by the clock of China, the year round
_WEATHER = 9_000  # what the dice are thrown for
_WARMEST_S = 15 * 3600
_WARMEST_DAY = 205  # late July


def local_day(t: float) -> tuple[int, float]:
    """Return the number of the local day since 1970 and the second within it."""
    day, second = divmod(t + EAST_S, DAY_S)
    return int(day), second


def is_sunday(day: float) -> bool:
    return (day + 4) % 7 == 0  # 1 January 1970 was a Thursday


class Air:
    """The temperature around each machine: season, time of day, and weather that drifts."""

    def __init__(
        self, dice: Dice, *, mean: float, season: float, daily: float, weather: float
    ) -> None:
        self._dice = dice
        self._season, self._daily, self._weather = season, daily, weather
        self._mean = mean + dice.between(-1.0, 1.0, _WEATHER)

    def at(self, t: float) -> Array:
        day, second = local_day(t)
        # A year of 365.25 days from 1 January 1970 is near enough for a season.
        season = cos(2 * pi * ((t / DAY_S - _WARMEST_DAY) / 365.25))
        daily = cos(2 * pi * (second - _WARMEST_S) / DAY_S)
        share = second / DAY_S
        before = self._dice.uniform(_WEATHER + 1, day) - 0.5
        after = self._dice.uniform(_WEATHER + 1, day + 1) - 0.5
        drift = 2 * self._weather * (before + (after - before) * share)
        return self._mean + self._season * season + self._daily * daily + drift


def relaxed(temp: Array, towards: Array, per_second: Array | float, dt: float) -> Array:
    """Newton's cooling, exactly: what is left of the difference after ``dt`` seconds."""
    return towards + (temp - towards) * np.exp(-np.asarray(per_second) * dt)


def held(
    temp: Array, *, target: Array, around: Array, leak: Array | float, load: Array | float,
    power: Array | float, gain: float, bias: float, capacity: float, dt: float,
) -> tuple[Array, Array]:  # fmt: skip
    """A body kept at ``target`` by a proportional controller; the temperature and the duty.

    ``power`` below zero cools. Backward Euler, solved with the duty at its bounds where it
    saturates: the equation is piecewise linear, so this is exact and stable for any ``dt``.
    """
    sign = np.sign(np.asarray(power))
    inflow = capacity * temp + dt * (leak * around + load)
    slope = gain * np.abs(power)
    free = (inflow + dt * (sign * np.abs(power) * bias + slope * target)) / (
        capacity + dt * (leak + slope)
    )
    duty = np.clip(bias + gain * sign * (target - free), 0.0, 1.0)
    return (inflow + dt * power * duty) / (capacity + dt * leak), duty


def block_of(t: float, seconds: float) -> int:
    """Return which stretch of so many seconds a moment lies in."""
    return floor(t / seconds)
