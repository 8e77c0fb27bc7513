"""What a batch says, read in a second thread while the database commits the batch before it.

Reading changes nothing, so whatever becomes of the batch before, what was read holds: but for the
templates. What was read with another than the one in use is read again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bihuan.apps.monitoring.pipe.fleet import Fleet
from bihuan.apps.monitoring.pipe.reading import Message, Said, Unreadable, read_all
from bihuan.lib.machines import Template

log = logging.getLogger(__name__)
Ahead = Mapping[int, tuple[Template, Said | Unreadable]]
"""By a message's number in the stream: with which template it was read, and what it says."""
NOTHING: Ahead = MappingProxyType({})


def read_ahead(fleet: Fleet, messages: Sequence[Message]) -> Ahead:
    """Beside whoever owns the fleet: it is only looked at. A device that has not been met yet is left
    for its turn, and so is a batch that cannot be read: then the one message is put aside.
    """
    try:
        return _read(fleet, messages)
    except Exception:
        log.exception("a batch of %d messages was not read ahead", len(messages))
        return NOTHING


def _read(fleet: Fleet, messages: Sequence[Message]) -> Ahead:
    of: dict[str, tuple[Template, list[Message]]] = {}
    for each in messages:
        if (known := fleet.device(each.code)) is not None:
            of.setdefault(known.template.code, (known.template, []))[1].append(each)
    return {
        each.seq: (template, said)
        for template, group in of.values()
        for each, said in zip(group, said_by(group, template), strict=True)
    }


def said_by(
    messages: Sequence[Message], template: Template, ahead: Ahead = NOTHING
) -> list[Said | Unreadable]:
    """What each says under this template, in their order."""
    found = {}
    for each in messages:
        there = ahead.get(each.seq)
        if there is not None and there[0] is template:
            found[each.seq] = there[1]
    rest = [each for each in messages if each.seq not in found]
    read = read_all([(each.data, each.code) for each in rest], template.places)
    found |= {each.seq: said for each, said in zip(rest, read, strict=True)}
    return [found[each.seq] for each in messages]
