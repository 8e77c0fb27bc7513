"""
The loop ring: five arcs clockwise from the top, one for each part of a promise's way.

The arc that is red tells where the loop broke; a closed loop is one unbroken circle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from math import cos, radians, sin

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

STAGES = ("fact", "obligation", "evidence", "verification", "closed")
STATES = ("current", "soon", "late", "paused", "closed", "void")
CENTRE = 20.0
WORD_FROM = 56
"""From this size the name of the stage is written into the ring."""


@dataclass(frozen=True)
class Shape:
    """Radius, line width and half of the gap between arcs (degrees) for a size in pixels."""

    radius: float
    width: float
    gap: float


def shape(size: int) -> Shape:
    """Small rings have a bolder line and wider gaps, or the arcs would run together."""
    if size <= 24:
        return Shape(16.1, 6.6, 7.0)
    return Shape(16.6, 5.6, 5.5) if size <= 40 else Shape(17.2, 4.4, 4.0)


@cache
def arcs(form: Shape) -> tuple[str, ...]:
    """The five paths in a 40 by 40 box."""

    def point(degrees: float) -> str:
        angle = radians(degrees)
        x, y = CENTRE + form.radius * sin(angle), CENTRE - form.radius * cos(angle)
        return f"{x:.2f} {y:.2f}"

    step = 360 / len(STAGES)
    return tuple(
        f"M{point(i * step + form.gap)}A{form.radius:g} {form.radius:g} 0 0 1 "
        f"{point((i + 1) * step - form.gap)}"
        for i in range(len(STAGES))
    )


def stage_name(stage: str) -> str:
    """The word for a stage."""
    names = {
        "fact": _("事实"),
        "obligation": _("义务"),
        "evidence": _("证据"),
        "verification": _("核实"),
        "closed": _("闭环"),
    }
    return names[stage]


def state_name(state: str) -> str:
    """The word for a state of the current stage."""
    names = {
        "current": _("办理中"),
        "soon": _("快到期"),
        "late": _("已超时"),
        "paused": _("停表"),
        "closed": _("已闭环"),
        "void": _("已作废"),
    }
    return names[state]


def name(stage: str, state: str) -> str:
    """The accessible name: 第 3 段证据，快到期."""
    if state in ("closed", "void"):
        return state_name(state)
    return _("第 %(number)d 段%(stage)s，%(state)s") % {
        "number": STAGES.index(stage) + 1,
        "stage": stage_name(stage),
        "state": state_name(state),
    }


def ring(stage: str, state: str, size: int = 24, count: int | None = None) -> SafeString:
    """The ring as SVG. Raises ValueError for an unknown stage or state."""
    return _drawn(str(stage).lower(), str(state).lower(), size, count, get_language() or "")


@lru_cache(maxsize=1024)  # a list has fifty, of a few kinds
def _drawn(stage: str, state: str, size: int, count: int | None, _language: str) -> SafeString:
    if stage not in STAGES or state not in STATES:
        raise ValueError(f"no ring for stage {stage!r} and state {state!r}")
    drawing = _whole(state, size) if state in ("closed", "void") else _parts(stage, state, size)
    return format_html(
        '<svg class="ring {}" viewBox="0 0 40 40" width="{}" height="{}" role="img" '
        'aria-label="{}"><title>{}</title>{}{}</svg>',
        f"is-{state}",
        size,
        size,
        name(stage, state),
        name(stage, state),
        drawing,
        _inside(stage, state, size, count),
    )


def _whole(state: str, size: int) -> SafeString:
    form = shape(size)
    if state == "void":
        return format_html(
            '<circle cx="20" cy="20" r="{}" class="void" stroke-width="2" stroke-dasharray="4 3"/>',
            form.radius,
        )
    return format_html(
        '<circle cx="20" cy="20" r="{}" class="closed" stroke-width="{}"/>'
        '<path d="M13.2 20.4l4.6 4.5 9-9.4" class="tick" stroke-width="{}"/>',
        form.radius,
        form.width,
        "4" if size <= 24 else "3",
    )


def _parts(stage: str, state: str, size: int) -> SafeString:
    form = shape(size)
    at = STAGES.index(stage)
    rows: list[tuple[str, str, float, str]] = []
    for index, path in enumerate(arcs(form)):
        kind = "done" if index < at else "todo" if index > at or state == "paused" else state
        rows.append((path, kind, form.width, ""))
        if index == at and state == "paused":
            dashes = "3.2 3" if size <= 24 else "1.5 1.6"
            rows.append((path, "paused", form.width, f' stroke-dasharray="{dashes}"'))
    return format_html_join(
        "",
        '<path d="{}" class="{}" stroke-width="{}"{}/>',
        ((path, kind, width, SafeString(extra)) for path, kind, width, extra in rows),
    )


def _inside(stage: str, state: str, size: int, count: int | None) -> SafeString:
    if count is not None:
        return format_html('<text x="20" y="20" font-size="11.5">{}</text>', count)
    if size < WORD_FROM or state in ("closed", "void"):
        return SafeString("")
    word = stage_name(stage)
    return format_html(
        '<text x="20" y="20" font-size="{}">{}</text>', "9.5" if len(word) <= 3 else "5.4", word
    )
