"""How an app declares a ledger that Excel and CSV may bring in or take out.

    CUSTOMERS = Ledger(
        name="customers", title={"zh": "客户", "en": "Customers"},
        columns=(Column("code", {"zh": "客户编号", "en": "Customer code"}, required=True), ...),
        key=("code",), save=each(save_row), export=rows_for,
    )

`save_row(row, *, by, now) -> Done` gets the parsed values of the mapped columns (a column that
the file does not have, or whose cell is empty, is absent) and calls an action. Its Refusal becomes
the reason beside the row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from bihuan.base.access.models import User
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.ledgers.parsing import text
from bihuan.base.texts import in_a_row, in_language
from bihuan.base.together import one_of

Row = Mapping[str, Any]


class Done(StrEnum):
    """What became of one good row."""

    NEW = "NEW"
    CHANGED = "CHANGED"
    SAME = "SAME"


@dataclass(frozen=True)
class Wrong:
    """Why a row is not taken; `column` may be empty."""

    column: str
    text: str


Result = Done | list[Wrong]
Save = Callable[..., Sequence[Result]]
SaveRow = Callable[..., Done]


@dataclass(frozen=True)
class Column:
    """`title` `{zh, en}`; `parse` turns the cell into a value or raises ValueError with a
    sentence; `also` are other headings it goes by; `help` is shown in the template.
    """

    name: str
    title: Mapping[str, str]
    required: bool = False
    parse: Callable[[Any], Any] = text
    help: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def explained(self) -> str:
        """What may stand in it: its help, and what its parser says to a cell it cannot read."""
        said = [in_language(self.help)] if self.help else []
        try:
            self.parse("?")
        except ValueError as error:
            said.append(str(error))
        return in_a_row(said)


@dataclass(frozen=True)
class Ledger:
    """`key`: columns that name a row once in a file. `save(rows, by=, now=)` answers for each row
    and runs in the frame's transaction. `export(person)` yields rows by column name, within that
    person's reach. `order`: the least comes in first, for the later ones name its rows.
    """

    name: str
    title: Mapping[str, str]
    columns: tuple[Column, ...]
    save: Save
    key: tuple[str, ...] = ()
    export: Callable[[User], Iterable[Row]] | None = None
    needs: str = "ledgers.import"
    needs_export: str = "ledgers.export"
    order: int = 100

    def column(self, name: str) -> Column:
        return next(each for each in self.columns if each.name == name)


def each(save_row: SaveRow) -> Save:
    """A `save` that takes rows one by one, each in a savepoint of its own."""

    def save(rows: Sequence[Row], *, by: User | None, now: datetime) -> list[Result]:
        found: list[Result] = []
        for row in rows:
            try:
                with transaction.atomic(), one_of():
                    found.append(save_row(row, by=by, now=now))
            except BadInput as bad:
                found.append([Wrong(name, sentence) for name, sentence in bad.fields.items()])
            except Refusal as refusal:
                found.append([Wrong("", str(refusal))])
        return found

    return save
