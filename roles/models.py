"""Devices, what they may do, how they were let in. Times are UTC milliseconds."""

import uuid

from django.db import models


class Device(models.Model):
    """A tablet, phone, wall screen or service. It proves itself by a token of which only the secret's hash is kept."""

    class Kind(models.TextChoices):
        BAY = "bay", "Bay device, enrolled by staff"
        JOINED = "joined", "Joined by invitation"
        WALL = "wall", "Wall screen"
        STAFF = "staff", "A signed-in person's browser"
        SERVICE = "service", "Service"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind)
    secret_hash = models.CharField(max_length=64)
    created_at = models.BigIntegerField()
    created_by = models.CharField(max_length=150, blank=True)
    revoked_at = models.BigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.label} ({self.kind})"


class Grant(models.Model):
    """A device's standing on one subject: what it may do there, as whose, and until when."""

    class Scope(models.TextChoices):
        WRITE = "write", "Read and record"
        WALL = "wall", "Read only"

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="grants")
    subject = models.UUIDField(db_index=True)
    scope = models.CharField(max_length=5, choices=Scope)
    role = models.CharField(max_length=64, blank=True)
    person = models.CharField(max_length=150, blank=True, help_text="The signed-in person this standing rests on.")
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    revoked_at = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "subject"], name="grant_one_per_device_and_subject")]

    def __str__(self) -> str:
        return f"{self.device_id} on {self.subject}: {self.scope}"


class Invitation(models.Model):
    """Lets devices onto one subject while it lasts. Only hashes are kept; the letters are seen once, by who invites."""

    subject = models.UUIDField(db_index=True)
    scope = models.CharField(max_length=5, choices=Grant.Scope)
    letters_hash = models.CharField(max_length=64, unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.CharField(max_length=210, blank=True)
    created_at = models.BigIntegerField()
    expires_at = models.BigIntegerField()
    revoked_at = models.BigIntegerField(null=True, blank=True)
    accepted = models.PositiveIntegerField(default=0)
    shown_on = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="The wall screen that shows it; it lets in no wall screen."
    )
    across = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="Instead of letters: the subject on which the invited stand."
    )

    def __str__(self) -> str:
        return f"invitation {self.pk} to {self.subject}"


class Attempt(models.Model):
    """A failed try at an invitation, kept in the database so that a restart resets no limit."""

    key = models.CharField(max_length=80, help_text="ip:…, device:… or all")
    at = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="attempt_key_at")]

    def __str__(self) -> str:
        return f"{self.key} at {self.at}"
