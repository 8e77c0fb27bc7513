"""Where an excavator is: a way between its parking place and the day's site, and work around it.

Positions are functions of the moment alone; a machine that does not work does not move.
"""

from __future__ import annotations

import numpy as np

from bihuan.lib.simulate.dice import Array, Dice, Whole

CRAWL = (0.9, 1.3)  # m/s: tracks, 3 to 5 km/h
BENDS = 4  # straight stretches of a way
_REACH = (350.0, 1200.0)
_SITE_SHIFT = 60.0  # the digging face moves from day to day
_WANDER = 20.0
WANDER_S = 1800.0
METRES_PER_DEGREE = 111_320.0


class Routes:
    """The ways of some excavators, in metres east and north of each parking place."""

    def __init__(self, dice: Dice, places: Array) -> None:
        self._dice = dice
        self._places = places
        self._north = 1 / METRES_PER_DEGREE
        self._east = 1 / (METRES_PER_DEGREE * np.cos(np.radians(places[:, 0])))
        self._crawl = dice.between(*CRAWL, 50)
        self._bearing = dice.between(0.0, 2 * np.pi, 51)
        self._reach = dice.between(*_REACH, 52)
        self._day = -1
        self._knots: Array = np.zeros((len(places), BENDS + 1, 2))
        self._marks: Array = np.zeros((len(places), BENDS + 1))

    def takes(self, day: int) -> Array:
        """Seconds from the parking place to the site."""
        self._plan(day)
        takes: Array = self._marks[:, -1] / self._crawl
        return takes

    def position(self, day: int, gone: Array, worked: Array, left: Array) -> tuple[Array, Array]:
        """Latitude and longitude: ``gone`` seconds along the way, ``worked`` seconds at the site.

        ``left`` draws the standing places together towards the end of the way.
        """
        self._plan(day)
        metres = np.clip(gone * self._crawl, 0.0, self._marks[:, -1])
        piece = np.clip((metres[:, None] >= self._marks[:, 1:]).sum(axis=1), 0, BENDS - 1)
        rows = np.arange(len(metres))
        before, after = self._marks[rows, piece], self._marks[rows, piece + 1]
        share = ((metres - before) / (after - before))[:, None]
        along = self._knots[rows, piece] + share * (
            self._knots[rows, piece + 1] - self._knots[rows, piece]
        )
        along = along + self._wandered(day, worked) * left[:, None]
        return (
            self._places[:, 0] + along[:, 1] * self._north,
            self._places[:, 1] + along[:, 0] * self._east,
        )

    def _wandered(self, day: int, worked: Array) -> Array:
        """Slowly from one standing place to the next; the first is the end of the way."""
        stand = np.floor(worked / WANDER_S).astype(np.int64)
        share = (worked / WANDER_S - stand)[:, None]

        def place(which: Whole) -> Array:
            key = day * 1000 + which
            east, north = (self._dice.between(-_WANDER, _WANDER, each, key) for each in (53, 54))
            spot: Array = np.where((which > 0)[:, None], np.column_stack([east, north]), 0.0)
            return spot

        wandered: Array = place(stand) * (1 - share) + place(stand + 1) * share
        return wandered

    def _plan(self, day: int) -> None:
        if day == self._day:
            return
        self._day = day
        dice = self._dice
        ahead = np.column_stack([np.sin(self._bearing), np.cos(self._bearing)])
        aside = np.column_stack([ahead[:, 1], -ahead[:, 0]])
        shift = dice.between(-_SITE_SHIFT, _SITE_SHIFT, 55, day)
        for bend in range(1, BENDS + 1):
            on = self._reach * bend / BENDS
            # The way is the same each day but for its end: people keep to the track.
            swing = dice.between(-0.12, 0.12, 60 + bend) * self._reach if bend < BENDS else shift
            self._knots[:, bend] = ahead * on[:, None] + aside * swing[:, None]
        steps = np.linalg.norm(np.diff(self._knots, axis=1), axis=2)
        self._marks[:, 1:] = np.cumsum(steps, axis=1)
