"""Who may look at a file: whoever may look at a thing it belongs to."""

from __future__ import annotations

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.errors import NoSuchThing
from bihuan.base.evidence.models import File, Sender


def may_see(person: User, file: File) -> bool:
    """Asks the apps (`files` of their manifests) and remembers who handed it in."""
    if not person.is_active:
        return False
    if Sender.objects.filter(file=file, by=person).exists():
        return True
    return any(function(person, file.pk) for _, _, function in registry.named("files"))


def file_for(person: User, pk: int) -> File:
    """The file, for somebody who may see it. Raises NoSuchThing."""
    file = File.objects.filter(pk=pk).first()
    if file is None or not may_see(person, file):
        raise NoSuchThing
    return file
