"""Codes and their log. Entries are appended by the writer alone and never changed; times are UTC milliseconds."""

import uuid
from typing import Any, NoReturn

from django.db import models
from django.db.models import Q


class NeverChanged(Exception):
    """Somebody tried to change or delete an entry."""


class Code(models.Model):
    """One resuscitation. What is here beside the id and epoch is read off its entries, for finding it quickly."""

    class Mode(models.TextChoices):
        REAL = "real", "Real"
        DRILL = "drill", "Drill"
        DEMO = "demo", "Demo"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120, db_index=True)
    colour = models.CharField(max_length=20, blank=True)
    mode = models.CharField(max_length=5, choices=Mode)
    protocol = models.CharField(max_length=64)
    epoch = models.CharField(max_length=16)
    head = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=64, blank=True)
    opened_at = models.BigIntegerField()
    closed_at = models.BigIntegerField(null=True, blank=True, db_index=True)
    outcome = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False) | Q(outcome=""), name="code_outcome_only_when_closed"
            ),
        ]

    def __str__(self) -> str:
        return f"Code {self.name}"


class Entry(models.Model):
    """A record's place in its code's log: `line` is the wire form as it was hashed, `body` the record's own bytes."""

    id = models.UUIDField(primary_key=True, editable=False)
    # Found by (code, seq) as well; an index of its own would only cost every tap.
    code = models.ForeignKey(Code, on_delete=models.PROTECT, related_name="entries", db_index=False)
    seq = models.PositiveIntegerField()
    received = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    device = models.UUIDField()
    line = models.TextField()
    body = models.TextField()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["code", "seq"], name="entry_one_seq_per_code")]

    def __str__(self) -> str:
        return f"{self.code_id} #{self.seq} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never: entries come from the writer."""
        raise NeverChanged("Entries are appended by timeline.services.record and never saved or changed.")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Never."""
        raise NeverChanged("Entries are never deleted; a void is a record of its own.")


class Refusal(models.Model):
    """A record that was refused although it could be read: kept for the audit, with the bytes that were sent."""

    # Two reasons that are no refusal: its device had lost its standing; and a person took it in after all.
    QUARANTINED = "quarantined"
    TAKEN_IN = "taken_in"

    record = models.UUIDField(db_index=True)
    code = models.UUIDField(db_index=True)
    device = models.UUIDField()
    label = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=20)
    body = models.TextField()
    at = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.reason} of {self.record}"


class Debrief(models.Model):
    """The report of a code at one head. Work is found by query and claimed here, so no broker can lose it."""

    class State(models.TextChoices):
        CLAIMED = "claimed", "Being made"
        MADE = "made", "Made"
        FAILED = "failed", "Failed"

    code = models.ForeignKey(Code, on_delete=models.CASCADE, related_name="debriefs")
    head = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State)
    pdf = models.BinaryField(null=True, blank=True)
    pages = models.PositiveIntegerField(default=0)
    claimed_at = models.BigIntegerField()
    made_at = models.BigIntegerField(null=True, blank=True)
    fault = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "head"], name="debrief_one_per_head")]

    def __str__(self) -> str:
        return f"debrief of {self.code_id} at {self.head}"


class Rollup(models.Model):
    """A closed code's case as JSON, kept for the audit, and what it was made from. A cache (timeline.rollup)."""

    code = models.OneToOneField(Code, primary_key=True, on_delete=models.CASCADE, related_name="rollup")
    epoch = models.CharField(max_length=16)
    head = models.PositiveIntegerField()
    head_hash = models.CharField(max_length=64)
    protocol = models.CharField(max_length=64)
    rules = models.CharField(max_length=64)
    body = models.TextField()

    def __str__(self) -> str:
        return f"case of {self.code_id} at {self.head}"


class CodeView(models.Model):
    """Somebody looked at a past code: who, at what, and when."""

    code = models.ForeignKey(Code, null=True, blank=True, on_delete=models.PROTECT, related_name="views")
    person = models.CharField(max_length=150)
    what = models.CharField(max_length=40)
    at = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.person}: {self.what} of {self.code_id}"


class ProtocolVersion(models.Model):
    """A version of a protocol that the site made, or what the site said of one that was shipped (`body` is empty then).

    A draft has no key yet. What was published keeps its body for good: codes that began under it are read with it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        RETIRED = "retired", "Retired"

    series = models.CharField(max_length=40, db_index=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    key = models.CharField(max_length=64, null=True, blank=True, unique=True)
    state = models.CharField(max_length=9, choices=State)
    name = models.CharField(max_length=120)
    body = models.TextField(blank=True)
    based_on = models.CharField(max_length=64, blank=True)
    changed_by = models.CharField(max_length=150)
    changed_at = models.BigIntegerField()
    published_at = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", key=None) | (~Q(state="draft") & Q(key__isnull=False)),
                name="protocol_key_once_published",
            ),
        ]

    def __str__(self) -> str:
        return self.key or f"draft of {self.series}"


class ProtocolAct(models.Model):
    """What somebody did to a protocol: never changed, never deleted."""

    series = models.CharField(max_length=40, db_index=True)
    version = models.PositiveIntegerField(null=True, blank=True)
    act = models.CharField(max_length=20)
    person = models.CharField(max_length=150)
    at = models.BigIntegerField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.person} {self.act} {self.series}"
