"""Who owes what to whom by when, under which clause, with which proof."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTransform

from bihuan.apps.obligations.enums import DONE, LIVE, REMOTE_APPROVAL, State, Verifier
from bihuan.apps.obligations.querysets import ObligationQuerySet
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of, published_pack
from bihuan.base.evidence.models import File
from bihuan.base.facts.models import Fact
from bihuan.lib.policy import Pack

if TYPE_CHECKING:
    from bihuan.base.access.models import User

Json = dict[str, Any]
CADENCE = "period.began"
"""The fact that brings the duties of a cadence."""


def _choices(names: Any) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _subject(to: str) -> models.ForeignKey[Any, Any]:
    # A fact may name a subject that has left the house since; the promise stays readable.
    return models.ForeignKey(
        to, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="obligations",
        db_index=False,
    )  # fmt: skip


def _person(related_name: str = "+") -> models.ForeignKey[User | None, User | None]:
    # Indexed below, where somebody is named: a clock is written far more often than verified.
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name=related_name,
        db_index=False,
    )  # fmt: skip


class Obligation(models.Model):
    """One promise to one subject on one occasion; made once, whatever is replayed.

    A cadence has the span of its period in `window_from` and `window_to`.
    `within`, `calendar`, `calendar_version` and `anchor_at` are enough to compute `due_at` again
    and to explain it. `internal_due_at` is the clock without pauses. While a pause is open
    `paused_at` is set, and `due_at` is empty where the pause moves it: a limit that is over
    already and the end of a period stay. `stands_in_for` is who is away while the assignee
    answers as substitute. `planned_at` is by when the spreading of a first period has it done: a
    plan, while `due_at` stays the limit of the clause, by which alone it is late.
    """

    uid = models.UUIDField(unique=True)
    rule = models.CharField(max_length=120)
    clause = models.CharField(max_length=40)
    clause_number = models.CharField(max_length=40, blank=True)
    pack_version = models.ForeignKey(
        PackVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    occasion = models.CharField(max_length=200)
    customer = _subject("customers.Customer")
    asset_id = models.BigIntegerField(null=True)
    contract_id = models.BigIntegerField(null=True)
    region = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=60)
    title: models.JSONField[Json, Json] = models.JSONField()
    role = models.CharField(max_length=40)
    assignee = _person("owes")
    stands_in_for = _person()
    asked_by = _person()
    anchor_at = models.DateTimeField()
    within = models.CharField(max_length=80, blank=True)
    calendar = models.CharField(max_length=60)
    calendar_version = models.CharField(max_length=40, blank=True)
    window_from = models.DateTimeField(null=True)
    window_to = models.DateTimeField(null=True)
    opens_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    internal_due_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField(null=True)
    provisional = models.BooleanField(default=False)
    paused_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=_choices(State))
    severity = models.CharField(max_length=10, default="normal")
    care = models.BooleanField(default=False)
    proof: models.JSONField[Json, Json] = models.JSONField(default=dict)
    verified_by_rule = models.CharField(
        max_length=12, default=Verifier.NONE, choices=_choices(Verifier)
    )
    needs: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    channel: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    ladder: models.JSONField[list[Json], list[Json]] = models.JSONField(default=list)
    steps_done = models.PositiveSmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True)
    source: models.JSONField[Json, Json] = models.JSONField(default=dict)
    match: models.JSONField[Json, Json] = models.JSONField(default=dict)
    cause = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="obligations")
    cause_at = models.DateTimeField()
    cause_kind = models.CharField(max_length=60)
    superseded_by = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="supersedes", db_index=False
    )
    discharged_at = models.DateTimeField(null=True)
    discharged_by = _person()
    settled_by = models.ForeignKey(
        Fact, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    verifier = _person("verifies")
    verified_at = models.DateTimeField(null=True)
    verified_by = _person()
    closed_reason = models.CharField(max_length=24, blank=True)
    reopened_tx = models.BigIntegerField(default=0)
    fell_due_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Obligation]] = ObligationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_type", "subject_id", "occasion"], name="obligation_once"
            ),
            models.CheckConstraint(condition=~Q(clause=""), name="obligation_has_clause"),
            models.CheckConstraint(
                condition=~Q(state__in=DONE) | Q(discharged_at__isnull=False), name="obligation_done_when"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.VERIFIED) | Q(verified_at__isnull=False), name="obligation_verified_when"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["assignee", "due_at"], name="ob_of_person", include=["id", "state"]),
            models.Index(
                fields=["assignee", "planned_at"], name="ob_planned",
                condition=Q(planned_at__isnull=False),
            ),
            models.Index(fields=["assignee", "window_to"], name="ob_care_of", condition=Q(care=True)),
            models.Index(
                fields=["due_at"], name="ob_live_due", include=["state"], condition=Q(state__in=LIVE)
            ),
            models.Index(fields=["assignee", "due_at"], name="ob_open_of", condition=Q(state=State.OPEN)),
            models.Index(
                fields=["due_at"], name="ob_open_matter", include=["occasion"],
                condition=Q(state=State.OPEN) & ~Q(cause_kind=CADENCE),
            ),
            models.Index(
                fields=["due_at"], name="ob_to_fall_due",
                condition=Q(state=State.OPEN, fell_due_at=None),
            ),
            models.Index(fields=["next_step_at"], name="ob_next_step", condition=Q(state=State.OPEN)),
            models.Index(fields=["opens_at"], name="ob_to_open", condition=Q(state=State.SCHEDULED)),
            models.Index(
                fields=["verifier", "discharged_at"], name="ob_to_verify",
                condition=Q(state=State.DISCHARGED) & ~Q(verified_by_rule=Verifier.NONE),
            ),
            models.Index(
                fields=["asked_by", "due_at"], name="ob_asked",
                condition=Q(state=State.OPEN, asked_by__isnull=False),
            ),
            models.Index(
                fields=["customer", "due_at"], name="ob_live_of_customer", condition=Q(state__in=LIVE)
            ),
            models.Index(fields=["customer", "anchor_at"], name="ob_of_customer"),
            models.Index(
                fields=["asset_id", "anchor_at"], name="ob_of_asset",
                condition=Q(asset_id__isnull=False),
            ),
            models.Index(
                fields=["discharged_by", "-discharged_at"], name="ob_done_by",
                condition=Q(discharged_by__isnull=False),
            ),
            models.Index(fields=["subject_type", "subject_id", "kind"], name="ob_family"),
            models.Index(fields=["region", "due_at"], name="ob_open_region", condition=Q(state=State.OPEN)),
            models.Index(fields=["clause", "due_at"], name="ob_of_clause"),
            models.Index(
                fields=["stands_in_for"], name="ob_stood_in",
                condition=Q(state__in=LIVE) & Q(stands_in_for__isnull=False),
            ),
            models.Index(fields=["id"], name="ob_live_remote", condition=Q(state__in=LIVE, kind=REMOTE_APPROVAL)),
            # what one matter brought (`queries.of_matter`); cadences are the many and no matter
            models.Index(fields=["occasion"], name="ob_of_occasion", condition=~Q(cause_kind=CADENCE)),
            models.Index(
                KeyTransform("ticket", "match"), name="ob_of_ticket", condition=Q(match__has_key="ticket")
            ),
            *(
                models.Index(fields=[each], name=f"ob_{each}", condition=Q((f"{each}__isnull", False)))
                for each in ("superseded_by", "settled_by", "verifier", "verified_by")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.rule} {self.subject_type}:{self.subject_id} {self.occasion}"

    @property
    def pack(self) -> Pack:
        """The regulation under which it was made."""
        if Obligation.pack_version.is_cached(self):
            return pack_of(self.pack_version)  # in a trial run a draft
        return published_pack(self.pack_version_id)

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def late(self) -> bool:
        """Whether it was done after its due time (kept for ever)."""
        return bool(self.discharged_at and self.due_at and self.discharged_at > self.due_at)

    @property
    def number(self) -> str:
        """What people read out on the phone."""
        return f"YW-{self.pk:06d}"


class Evidence(models.Model):
    """What proves it. Rows of one act share `act`: one call for several obligations is declared."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(max_length=40)
    strength = models.PositiveSmallIntegerField(default=1)
    file = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    link = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    fact = models.ForeignKey(Fact, null=True, on_delete=models.PROTECT, related_name="+")
    act = models.UUIDField(db_index=True)

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.kind} {self.obligation_id}"


class Act(models.Model):
    """One deed of a person on one obligation, with the fact that told it: applied once."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="acts")
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("at", "id")
        constraints = [models.UniqueConstraint(fields=["obligation", "fact"], name="act_once")]

    def __str__(self) -> str:
        return f"{self.verb} {self.obligation_id}"


class Waiver(models.Model):
    """A promise let go, with reason and authority: the register that stays."""

    obligation = models.OneToOneField(Obligation, on_delete=models.PROTECT, related_name="waiver")
    reason = models.CharField(max_length=24)
    note = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.reason} {self.obligation_id}"


class Pause(models.Model):
    """A clock stands still for a closed list of reasons, with evidence and word to the customer."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=24)
    evidence = models.TextField(blank=True)
    told_customer_at = models.DateTimeField()
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    due_before = models.DateTimeField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("from_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["obligation"], condition=Q(to_at=None), name="pause_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.obligation_id}"


class Escalation(models.Model):
    """A step of the ladder that was taken, once."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="escalations")
    step = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=40)
    told = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="told_of"
    )
    planned_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("step",)
        constraints = [
            models.UniqueConstraint(fields=["obligation", "step"], name="escalation_once")
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.obligation_id}"


class DueChange(models.Model):
    """A due time that moved: never silently."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="due_changes")
    old = models.DateTimeField(null=True)
    new = models.DateTimeField(null=True)
    why = models.CharField(max_length=24)
    detail: models.JSONField[Json, Json] = models.JSONField(default=dict)
    fact = models.ForeignKey(Fact, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")
        constraints = [
            models.UniqueConstraint(fields=["obligation", "fact", "why"], name="due_change_once")
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.obligation_id}"


class Settlement(models.Model):
    """A fact that discharges obligations of one rule and subject, kept so that it also settles
    a duty that arises after it in the order of the log.
    """

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="+")
    tx = models.BigIntegerField()
    rule = models.CharField(max_length=120)
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    match: models.JSONField[Json, Json] = models.JSONField(default=dict)
    at = models.DateTimeField()
    matched = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fact", "rule", "subject_type", "subject_id"], name="settlement_once"
            )
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "rule"], name="settlement_finds")
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.subject_type}:{self.subject_id}"


from bihuan.apps.obligations.gatherings import (  # noqa: E402 - Django finds models here
    Attendance,
    Decision,
    Meeting,
    Report,
    ReportReader,
)
from bihuan.apps.obligations.records import (  # noqa: E402 - as above
    Recount,
    Rehearsed,
    RuleFailure,
    Spoken,
    TookEffect,
    Untaken,
)
from bihuan.apps.obligations.trial.models import Trial, TrialResult  # noqa: E402 - as above

__all__ = [
    "Act", "Attendance", "Decision", "DueChange", "Escalation", "Evidence", "Meeting", "Obligation", "Pause", "Recount",
    "Rehearsed", "Report", "ReportReader", "RuleFailure", "Settlement", "Spoken", "TookEffect", "Trial", "TrialResult", "Untaken", "Waiver",
]  # fmt: skip
