"""The mappings of a machine's template, taken key by key: what is misspelt is refused with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Words = Mapping[str, str]
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s|min|h|d)")
_MOST = 1e15
"""No sensor measures more; beyond it a float no longer tells whole numbers apart."""
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class BadTemplate(ValueError):
    """`place` is the path of keys down to what is wrong, `said` what to write instead."""

    def __init__(self, place: str, zh: str, en: str) -> None:
        super().__init__(f"{place}: {en}")
        self.place, self.said = place, {"zh": zh, "en": en}


class Body:
    """A mapping whose keys are taken one by one; what is left over was misspelt."""

    def __init__(self, given: Any, place: str) -> None:
        if not isinstance(given, Mapping):
            raise BadTemplate(place, "这里要写“名称: 值”", "a mapping is expected")
        self._rest = dict(given)
        self.place = place

    def _at(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def has(self, name: str) -> bool:
        return name in self._rest

    def take(self, name: str, otherwise: Any = ...) -> Any:
        if name in self._rest:
            return self._rest.pop(name)
        if otherwise is ...:
            raise BadTemplate(self.place, f"缺少 {name}", f"`{name}` is missing")
        return otherwise

    def rows(self, name: str) -> Sequence[tuple[str, Body]]:
        given = self.take(name, {})
        if not isinstance(given, Mapping):
            raise BadTemplate(name, "这里要写“名称: 值”", "a mapping is expected")
        return [(str(key), Body(row, f"{name}.{key}")) for key, row in given.items()]

    def bodies(self, name: str) -> Sequence[Body]:
        return [
            Body(each, f"{self._at(name)}[{number}]")
            for number, each in enumerate(self._list(name, ()))
        ]

    def names(self, name: str, otherwise: Sequence[str] | None = None) -> tuple[str, ...]:
        return tuple(str(each) for each in self._list(name, otherwise))

    def _list(self, name: str, otherwise: Sequence[Any] | None) -> Sequence[Any]:
        given = self.take(name, ... if otherwise is None else otherwise)
        if not isinstance(given, list | tuple):
            raise BadTemplate(self._at(name), "这里要写一列：[A, B]", "write a list: [A, B]")
        return given

    def line(self, name: str, otherwise: str | None = None) -> str:
        given = self.take(name, ... if otherwise is None else otherwise)
        if given is None or isinstance(given, Mapping | list | tuple):
            raise BadTemplate(self._at(name), "这里要写文字", "write a text")
        return str(given)

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        given = self.take(name, otherwise)
        if not isinstance(given, bool):
            raise BadTemplate(self._at(name), "写 true 或 false", "write true or false")
        return given

    def number(self, name: str, otherwise: float | None = None) -> float:
        given = self.take(name, ... if otherwise is None else otherwise)
        return (
            otherwise if given is otherwise and otherwise is not None else self._number(name, given)
        )

    def whole(self, name: str, otherwise: int | None = None) -> int:
        given = self.take(name, ... if otherwise is None else otherwise)
        if isinstance(given, bool) or not isinstance(given, int) or given < 0:
            raise BadTemplate(
                self._at(name), "写一个整数，不小于 0", "write a whole number, 0 or more"
            )
        return given

    def numbers(self, name: str, otherwise: Sequence[float] | None = None) -> tuple[float, ...]:
        return tuple(self._number(name, each) for each in self._list(name, otherwise))

    def pairs(self, name: str) -> Sequence[tuple[float, float]]:
        found = [Body({name: each}, self.place).numbers(name) for each in self._list(name, None)]
        if any(len(each) != 2 for each in found):
            raise BadTemplate(self._at(name), "每一项写两个数", "two numbers each")
        return [(first, second) for first, second in found]

    def all_numbers(self) -> Mapping[str, float]:
        """Every key that is left, each with a number."""
        return {str(name): self.number(name) for name in tuple(self._rest)}

    def _number(self, name: str, given: Any) -> float:
        if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) < _MOST:
            raise BadTemplate(
                self._at(name),
                f"“{given}”不是数，或者太大",
                f"{given!r} is no number, or too large",
            )
        return float(given)

    def text(self, name: str, form: re.Pattern[str]) -> str:
        value = str(self.take(name))
        if not form.fullmatch(value):
            raise BadTemplate(self._at(name), f"“{value}”不能作代码", f"{value!r} is not a name")
        return value

    def words(self, name: str) -> Words:
        value = self.take(name)
        if not isinstance(value, Mapping) or set(value) != {"zh", "en"} or not all(value.values()):
            raise BadTemplate(self._at(name), "中文 zh 和英文 en 都要写", "needs zh and en")
        return {key: str(text) for key, text in value.items()}

    def pair(self, name: str) -> tuple[float, float]:
        value = [self._number(name, each) for each in self._list(name, None)]
        if len(value) != 2 or not value[0] < value[1]:
            raise BadTemplate(self._at(name), "写两个数，小的在前", "two numbers, the lower first")
        return value[0], value[1]

    def one_of(self, name: str, known: Sequence[str]) -> str:
        value = str(self.take(name))
        if value not in known:
            raise BadTemplate(
                self._at(name),
                f"没有“{value}”，可写：{'、'.join(known)}",
                f"{value!r} is none of {', '.join(known)}",
            )
        return value

    def seconds(self, name: str, otherwise: float | None = None) -> float:
        value = self.take(name, ... if otherwise is None else otherwise)
        if otherwise is not None and value is otherwise:
            return otherwise
        found = _TIME.fullmatch(str(value))
        if found is None:
            raise BadTemplate(
                self._at(name),
                f"“{value}”不是时间，写 10s、5min、2h 或 3d",
                f"{value!r}: write 10s, 5min, 2h or 3d",
            )
        return self._number(name, float(found[1]) * _SECONDS[found[2]])

    def end(self) -> None:
        if self._rest:
            unknown = [str(name) for name in self._rest]
            raise BadTemplate(
                self._at(unknown[0]),
                f"不认识：{'、'.join(unknown)}",
                f"unknown: {', '.join(unknown)}",
            )
