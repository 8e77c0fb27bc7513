"""What a terminal's position says of a machine's points: by `data/jt808.yaml`, a part a template."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from ruamel.yaml import YAML

from bihuan.apps.monitoring.catalogue import as_shipped
from bihuan.lib.jt808 import Location

FILE = Path(__file__).resolve().parents[1] / "data" / "jt808.yaml"
_FORMS = {"u8": ">B", "i8": ">b", "u16": ">H", "i16": ">h", "u32": ">I", "i32": ">i"}
_FIELDS = {"latitude", "longitude", "altitude", "speed", "direction", "ignition"}
_PLACE = {"latitude", "longitude", "altitude", "direction"}


@dataclass(frozen=True)
class Source:
    """A field of the position itself, or an additional item read as a number and scaled."""

    field: str = ""
    item: int = 0
    form: str = ""
    scale: float = 1.0
    offset: float = 0.0

    def value(self, place: Location) -> float | None:
        if self.field:
            if self.field in _PLACE and not place.located:
                return None
            return float(getattr(place, self.field)) * self.scale + self.offset
        data = place.items.get(self.item)
        if data is None or len(data) != struct.calcsize(self.form):
            return None
        number: float = struct.unpack(self.form, data)[0]
        return round(number * self.scale + self.offset, 9)


@cache
def sources() -> Mapping[str, Mapping[str, Source]]:
    """Template -> point -> source. Raises ValueError for what the shipped templates do not know."""
    given = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    found = {}
    for code, points in given.items():
        for point in points:
            if point not in as_shipped()[code].places:
                raise ValueError(f"jt808.yaml: {code} has no point {point}")
        found[code] = {point: _source(f"{code}.{point}", row) for point, row in points.items()}
    return found


def _source(where: str, row: Mapping[str, Any]) -> Source:
    left = set(row) - {"field", "item", "as", "scale", "offset"}
    if left or ("field" in row) == ("item" in row):
        raise ValueError(f"jt808.yaml: {where}")
    scale, offset = float(row.get("scale", 1)), float(row.get("offset", 0))
    if "field" in row:
        if row["field"] not in _FIELDS:
            raise ValueError(f"jt808.yaml: {where}.field")
        return Source(field=row["field"], scale=scale, offset=offset)
    return Source(item=int(row["item"]), form=_FORMS[row["as"]], scale=scale, offset=offset)


def message(
    template: str, places: Sequence[Location], *, boot: str, number: int, oldest: int
) -> bytes:
    """The positions as a message of the pipe."""
    known = sources().get(template, {})
    rows = [
        [round(place.at * 1000), *(source.value(place) for source in known.values())]
        for place in places
    ]
    return orjson.dumps({"b": boot, "s": number, "f": oldest, "p": list(known), "r": rows})
