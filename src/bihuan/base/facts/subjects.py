"""Subjects of facts as people and programs name them: by id or by their code."""

from __future__ import annotations

from collections.abc import Mapping

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches, visible
from bihuan.base.errors import BadInput
from bihuan.base.registry import Subject

LARGEST = 2**63 - 1


def known() -> dict[str, Subject]:
    """Subject type -> how it is found."""
    return {name: one for config in registry.manifests() for name, one in config.subjects.items()}


def rows(subject: Subject, person: User) -> QuerySet:  # type: ignore[type-arg]
    """The rows of a subject type within this person's reach."""
    model = apps.get_model(subject.model)
    everything: QuerySet = model._default_manager.all()  # type: ignore[type-arg]
    if not reaches(person, subject.verb):
        return everything.none()
    return visible(everything, person, subject.verb)


def resolve(given: Mapping[str, int | str], *, person: User) -> dict[str, int]:
    """Ids of the subjects, each within this person's reach, with the customer they belong to.

    A number is an id, a text a code. Raises BadInput naming each subject that was not found:
    the same sentence for one that is not there and for one out of reach.
    """
    types = known()
    found: dict[str, int] = {}
    wrong: dict[str, str] = {}
    customers: dict[str, int] = {}
    for name, value in given.items():
        subject = types.get(name)
        if subject is None:
            wrong[f"subjects.{name}"] = _("没有这种对象。可用：%(names)s") % {
                "names": ", ".join(sorted(types))
            }
            continue
        row = _one(rows(subject, person), subject, value)
        if row is None:
            wrong[f"subjects.{name}"] = _("没有找到“%(value)s”，或者您看不到它。") % {
                "value": value
            }
            continue
        found[name] = row["pk"]
        if subject.customer and row[subject.customer] is not None:
            customers[name] = row[subject.customer]
    if wrong:
        raise BadInput(wrong)
    for name, customer in customers.items():
        if found.setdefault("customer", customer) != customer:
            raise BadInput({f"subjects.{name}": _("它不属于所给的客户。")})
    return found


def _one(
    reachable: QuerySet,  # type: ignore[type-arg]
    subject: Subject,
    value: int | str,
) -> dict[str, int] | None:
    fields = ["pk", *([subject.customer] if subject.customer else [])]
    if isinstance(value, int):
        condition = Q(pk=value) if 0 < value <= LARGEST else Q(pk__in=[])
    else:
        condition = Q(**{f"{subject.code}__iexact": value.strip()})
    return reachable.filter(condition).values(*fields).first()
