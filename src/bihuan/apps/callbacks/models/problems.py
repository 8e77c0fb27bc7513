"""Problems, each with its own loop until the customer says yes; and promises."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from bihuan.apps.callbacks.enums import ProblemState, PromiseState
from bihuan.apps.callbacks.models.calls import Callback
from bihuan.apps.callbacks.models.visits import Visit
from bihuan.apps.customers.models import Contact, Customer
from bihuan.base.evidence.models import File

USER = settings.AUTH_USER_MODEL


class Problem(models.Model):
    """What a customer named as wrong. It closes only by the customer's yes, recorded by somebody
    who did not deal with it; a no opens it again.

    `opening` names one that was open before the company went live; it is told (`carried_at`) as
    soon as a regulation is in force, and owed from then on.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="problems")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    callback = models.ForeignKey(
        Callback, null=True, on_delete=models.PROTECT, related_name="problems"
    )
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="problems")
    text = models.TextField()
    grade = models.CharField(max_length=8)
    technical = models.BooleanField(default=False)
    disposition = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=[(each, each) for each in ProblemState])
    owner = models.ForeignKey(
        USER, null=True, on_delete=models.PROTECT, related_name="problems_owned"
    )
    found_at = models.DateTimeField()
    found_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    handled_at = models.DateTimeField(null=True)
    handled_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    fed_back_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    reopened = models.PositiveSmallIntegerField(default=0)
    asked_in_vain_at = models.DateTimeField(null=True)
    opening = models.CharField(max_length=64, null=True, unique=True)
    carried_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                name="problem_to_carry",
                condition=Q(opening__isnull=False, carried_at=None),
            ),
            models.Index(fields=["customer", "-found_at"], name="problem_of_customer"),
            models.Index(
                fields=["found_at"], name="problem_open", condition=~Q(state=ProblemState.CONFIRMED)
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(disposition=""), name="problem_has_disposition"),
            models.CheckConstraint(
                condition=~Q(state=ProblemState.CONFIRMED)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False) & ~Q(confirmed_by=F("handled_by")),
                name="problem_confirmed_by_another",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"WT-{self.pk:06d}"


class ProblemStep(models.Model):
    """One step of the loop, with the words of whoever did it; never changed."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="steps")
    to = models.CharField(max_length=10)
    text = models.TextField()
    channel = models.CharField(max_length=16, blank=True)
    file = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.problem_id} {self.to}"


class Promise(models.Model):
    """What somebody told a customer to do by a day; `opening` and `carried_at` as of a problem."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="promises")
    callback = models.ForeignKey(
        Callback, null=True, on_delete=models.PROTECT, related_name="promises"
    )
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="promises")
    text = models.TextField()
    owner = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="promises_owned")
    due_on = models.DateField()
    state = models.CharField(max_length=6, choices=[(each, each) for each in PromiseState])
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField(null=True)
    kept_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    proof = models.TextField(blank=True)
    file = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    opening = models.CharField(max_length=64, null=True, unique=True)
    carried_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                name="promise_to_carry",
                condition=Q(opening__isnull=False, carried_at=None),
            ),
            models.Index(fields=["customer", "due_on"], name="promise_of_customer"),
            models.Index(
                fields=["owner", "due_on"],
                name="promise_open",
                condition=Q(state=PromiseState.OPEN),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=PromiseState.KEPT) | Q(kept_at__isnull=False) & (~Q(proof="") | Q(file__isnull=False)),
                name="promise_kept_with_proof",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"CN-{self.pk:06d}"
