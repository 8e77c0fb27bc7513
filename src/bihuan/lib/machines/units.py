"""Units that people write in the heads of their tables, and how one becomes another."""

from __future__ import annotations

import unicodedata

# Of what -> unit -> (factor, offset): value in the first unit of the row = value * factor + offset.
_KINDS: dict[str, dict[str, tuple[float, float]]] = {
    "temperature": {"℃": (1, 0), "℉": (5 / 9, -160 / 9), "K": (1, -273.15)},
    "pressure": {
        "MPa": (1, 0), "kPa": (1e-3, 0), "Pa": (1e-6, 0), "bar": (0.1, 0), "mbar": (1e-4, 0),
        "psi": (0.006894757293168, 0), "kgf/cm2": (0.0980665, 0), "atm": (0.101325, 0),
    },
    "speed of turning": {"r/min": (1, 0), "r/s": (60, 0)},
    "speed of vibration": {"mm/s": (1, 0), "cm/s": (10, 0), "m/s": (1000, 0), "in/s": (25.4, 0)},
    "time": {"h": (1, 0), "min": (1 / 60, 0), "s": (1 / 3600, 0), "ms": (1 / 3_600_000, 0), "d": (24, 0)},
    "current": {"A": (1, 0), "mA": (1e-3, 0), "kA": (1e3, 0)},
    "voltage": {"V": (1, 0), "mV": (1e-3, 0), "kV": (1e3, 0)},
    "power": {"kW": (1, 0), "W": (1e-3, 0), "MW": (1e3, 0), "hp": (0.745699872, 0)},
    "flow": {
        "L/min": (1, 0), "mL/min": (1e-3, 0), "L/h": (1 / 60, 0), "L/s": (60, 0), "m3/h": (1000 / 60, 0),
    },
    "road speed": {"km/h": (1, 0), "mph": (1.609344, 0)},
    "length": {"m": (1, 0), "km": (1000, 0), "mm": (1e-3, 0), "cm": (1e-2, 0)},
    "angle": {"°": (1, 0), "rad": (57.29577951308232, 0)},
    "share": {"%": (1, 0), "‰": (0.1, 0)},
    "absorbance": {"mAU": (1, 0), "AU": (1000, 0)},
}  # fmt: skip
_ALSO = {
    "°c": "℃", "c": "℃", "degc": "℃", "摄氏度": "℃", "度": "℃", "°f": "℉", "f": "℉", "degf": "℉", "华氏度": "℉",
    "rpm": "r/min", "rev/min": "r/min", "转/分": "r/min", "转/分钟": "r/min", "rps": "r/s", "转/秒": "r/s",
    "kgf/cm²": "kgf/cm2", "公斤": "kgf/cm2", "兆帕": "MPa", "千帕": "kPa", "帕": "Pa", "巴": "bar",
    "小时": "h", "时": "h", "hr": "h", "hours": "h", "分": "min", "分钟": "min", "秒": "s", "sec": "s", "毫秒": "ms", "天": "d",
    "安": "A", "安培": "A", "amp": "A", "毫安": "mA", "伏": "V", "千瓦": "kW", "马力": "hp", "升/分": "L/min", "lpm": "L/min",
    "m³/h": "m3/h", "立方米/小时": "m3/h", "公里/小时": "km/h", "kph": "km/h", "米": "m", "公里": "km", "毫米": "mm",
    "deg": "°", "pct": "%", "百分比": "%", "毫米/秒": "mm/s", "inch/s": "in/s", "ips": "in/s",
}  # fmt: skip
_OF = {unit: kind for kind, units in _KINDS.items() for unit in units}
_NAMES = {unit.casefold(): unit for unit in _OF if unit not in {"mW", "MW", "mPa"}} | _ALSO


def unit(text: str) -> str:
    """The unit as it is written here; empty for what is none."""
    plain = text.strip().replace(" ", "")
    if plain in _OF:
        return plain
    if plain in {"mPa", "mW"}:  # not the same as MPa and MW
        return ""
    plain = plain.casefold()
    return _NAMES.get(plain) or _NAMES.get(unicodedata.normalize("NFKC", plain), "")


def factor(given: str, wanted: str) -> tuple[float, float] | None:
    """(a, b) so that wanted = given * a + b; None where one cannot become the other."""
    if given == wanted:
        return 1.0, 0.0
    kind = _OF.get(given)
    if kind is None or _OF.get(wanted) != kind:
        return None
    a, b = _KINDS[kind][given]
    c, d = _KINDS[kind][wanted]
    return a / c, (b - d) / c
