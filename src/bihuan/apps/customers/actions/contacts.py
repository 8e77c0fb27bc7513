"""The people at a customer: who they are, who decides, what they agreed to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import search
from bihuan.apps.customers.actions import checks
from bihuan.apps.customers.actions.customers import Merged, pack_or_none, vouch
from bihuan.apps.customers.enums import Channel, Checked, DecisionRole, Purpose, Status
from bihuan.apps.customers.models import Consent, Contact, Customer
from bihuan.base.access.models import User
from bihuan.base.access.scope import must
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.facts.actions import tell

EDITABLE = frozenset({
    "name", "title", "department", "decision_role", "reports_to", "phone", "email", "wecom",
    "birthday_month", "birthday_day", "birthday_lunar", "is_key", "private_notes",
})  # fmt: skip


class HasLeft(Refusal):
    code = "contact_has_left"
    message = _("%(name)s 已经登记离任，不能再改。")


class ReasonNeeded(Refusal):
    code = "unmask_needs_reason"
    message = _("看完整号码要写明用途，这一次会记在日志里。")
    status = 422


class AlreadyAgreed(Refusal):
    code = "consent_is_open"
    message = _("这个用途和渠道已经有一条有效的同意。")


class AlreadyTakenBack(Refusal):
    code = "consent_is_taken_back"
    message = _("这个用途和渠道已经撤回过了。")


def add_contact(
    *, customer: Customer, by: User | None, now: datetime, name: str, **values: Any
) -> Contact:
    """A new contact. Raises BadInput, Merged."""
    clean = _checked({"name": name, **values}, customer, None)
    if customer.status == Status.MERGED:
        raise Merged(into=customer.merged_into)
    with transaction.atomic():
        contact = Contact.objects.create(customer=customer, added_at=now, changed_at=now, **clean)
        vouch(customer, {Checked.CONTACTS}, str(_("登记联系人")), pack_or_none(now), by=by, now=now)
        tell(
            "contact.added", at=now, now=now, by=by, subjects={"contact": contact.pk, "customer": customer.pk},
            data={"key": contact.is_key}, key=f"contact:{contact.pk}:added",
        )  # fmt: skip
        log("contact.add", by=by, now=now, thing=contact, after={"customer": customer.pk})
        search.put_contacts([contact])
        return contact


def _checked(values: dict[str, Any], customer: Customer, old: Contact | None) -> dict[str, Any]:
    if unknown := set(values) - EDITABLE:
        raise TypeError(f"no such fields of a contact: {sorted(unknown)}")
    clean = checks.contact_values(values)
    role = clean.get("decision_role")
    if role and role not in {str(each) for each in DecisionRole}:
        raise BadInput({"decision_role": str(_("没有这个选项：%(value)s。")) % {"value": role}})
    above = clean.get("reports_to")
    if above is not None and (above.customer_id != customer.pk or _circle(above, old)):
        raise BadInput({"reports_to": str(_("上级要是同一家客户里的另一个人，而且不能绕成圈。"))})
    return clean


def _circle(above: Contact, contact: Contact | None) -> bool:
    seen: set[int] = set()
    current: Contact | None = above
    while contact is not None and current is not None and current.pk not in seen:
        if current.pk == contact.pk:
            return True
        seen.add(current.pk)
        current = current.reports_to
    return False


def change_contact(*, contact: Contact, by: User | None, now: datetime, **changes: Any) -> Contact:
    """Change fields of a contact. Raises BadInput, HasLeft, ChangedMeanwhile."""
    if contact.left_on is not None:
        raise HasLeft(name=contact.name)
    clean = _checked(changes, contact.customer, contact)
    changed = {name: value for name, value in clean.items() if getattr(contact, name) != value}
    if not changed:
        return contact
    with transaction.atomic():
        took = Contact.objects.filter(
            pk=contact.pk, left_on=None, changed_at=contact.changed_at
        ).update(**changed, changed_at=now)
        if not took:
            raise ChangedMeanwhile
        contact.refresh_from_db()
        vouch(
            contact.customer,
            {Checked.CONTACTS},
            str(_("修改联系人")),
            pack_or_none(now),
            by=by,
            now=now,
        )
        # names of fields only: the log keeps no personal data
        log("contact.change", by=by, now=now, thing=contact, after={"fields": sorted(changed)})
        search.put_contacts([contact])
        return contact


def contact_left(
    *,
    contact: Contact,
    left_on: date,
    by: User | None,
    now: datetime,
    successor: Contact | None = None,
) -> Contact:
    """The person left; consents end with it. Raises BadInput, ChangedMeanwhile."""
    if successor is not None and (
        successor.pk == contact.pk
        or successor.customer_id != contact.customer_id
        or successor.left_on is not None
    ):
        raise BadInput({"successor": str(_("接任者要是同一家客户里还在任的另一个人。"))})
    with transaction.atomic():
        took = Contact.objects.filter(pk=contact.pk, left_on=None).update(
            left_on=left_on, successor=successor, changed_at=now
        )
        if not took:
            raise ChangedMeanwhile
        contact.refresh_from_db()
        Consent.objects.filter(contact=contact, to_at=None).update(
            to_at=Greatest(F("from_at"), now)
        )
        Contact.objects.filter(reports_to=contact).update(reports_to=successor)
        tell(
            "contact.left", at=now, now=now, by=by, key=f"contact:{contact.pk}:left",
            subjects={"contact": contact.pk, "customer": contact.customer_id},
            data={"key": contact.is_key, "successor": successor is not None},
        )  # fmt: skip
        log(
            "contact.left",
            by=by,
            now=now,
            thing=contact,
            after={"left_on": left_on, "successor": successor and successor.pk},
        )
        search.put_contacts([contact])
        return contact


def set_consent(
    *,
    contact: Contact,
    purpose: Purpose,
    channel: Channel,
    agreed: bool,
    source: str,
    by: User | None,
    now: datetime,
) -> Consent | None:
    """Record an agreement, or its withdrawal; who never agreed may say no as well.

    Raises BadInput, HasLeft, AlreadyAgreed, AlreadyTakenBack.
    """
    if not source.strip():
        raise BadInput({"source": str(_("请写依据，比如：服务协议第 6 条，或电话里口头同意。"))})
    with transaction.atomic():
        # the contact's row is the lock: two clicks cannot make two rows
        if Contact.objects.select_for_update().get(pk=contact.pk).left_on is not None:
            raise HasLeft(name=contact.name)
        said = Consent.objects.filter(contact=contact, purpose=purpose, channel=channel)
        open_rows = said.filter(to_at=None)
        log(
            "contact.consent", by=by, now=now, thing=contact,
            after={"purpose": str(purpose), "channel": str(channel), "agreed": agreed},
        )  # fmt: skip
        if agreed:
            if open_rows.exists():
                raise AlreadyAgreed
            return Consent.objects.create(
                contact=contact,
                purpose=purpose,
                channel=channel,
                from_at=now,
                source=source.strip()[:120],
                by=by,
            )
        if open_rows.update(to_at=now):
            return None
        if said.exists():
            raise AlreadyTakenBack
        return Consent.objects.create(
            contact=contact, purpose=purpose, channel=channel, from_at=now, to_at=now,
            source=source.strip()[:120], by=by,
        )  # fmt: skip


def unmask(*, contact: Contact, reason: str, by: User, now: datetime) -> str:
    """The whole phone number; who read it, when and why is logged.

    Raises NotAllowed, NoSuchThing, ReasonNeeded.
    """
    must(by, "customers.unmask", contact)
    if len(reason.strip()) < 2:
        raise ReasonNeeded
    with transaction.atomic():
        log("contact.unmask", by=by, now=now, thing=contact, after={"reason": reason.strip()[:200]})
    return contact.phone


def touched(*, contact_ids: Iterable[int], customer_ids: Iterable[int], at: datetime) -> None:
    """Somebody spoke to these people: the decision chain shows who was reached lately."""
    Contact.objects.filter(
        Q(last_contact_at=None) | Q(last_contact_at__lt=at), pk__in=set(contact_ids)
    ).update(last_contact_at=at)
    Customer.objects.filter(
        Q(last_contact_at=None) | Q(last_contact_at__lt=at), pk__in=set(customer_ids)
    ).update(last_contact_at=at)
