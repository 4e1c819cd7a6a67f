"""Changing the site's protocols: draft, save, publish, retire, offer again, discard. Each act keeps who and when."""

import json
import re
from typing import Any

from django.db import transaction

from roles.server_clock import now_ms
from timeline import shelf
from timeline.core.protocol import check
from timeline.models import ProtocolAct, ProtocolVersion
from timeline.protocols import protocol_named, shipped_keys

MOST_BYTES = 1024 * 1024
_SERIES = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
MOST_SERIES = 40
DRAFT, PUBLISHED, RETIRED = ProtocolVersion.State.DRAFT, ProtocolVersion.State.PUBLISHED, ProtocolVersion.State.RETIRED


class Refused(ValueError):
    """What was asked cannot be done; `sentences` say why."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def draft_from(key: str, person: str, series: str = "") -> ProtocolVersion:
    """A draft with the content of a version: of its own series, or the first of a new one. Raises Refused."""
    raw = dict(protocol_named(key).raw)
    return _draft(raw, _new_series(series) if series else shelf.series_of(key), key, person, "drafted")


def draft_from_json(text: str, person: str) -> ProtocolVersion:
    """A draft from an exported file, of the series that it names. Raises Refused with every fault of it."""
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise Refused(f"The file has more than {MOST_BYTES // 1024} kB.")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Refused(f"The file is not JSON: {fault}.") from None
    faults = check(raw)
    if faults:
        raise Refused(*faults)
    key = raw["key"]
    return _draft(raw, _series(shelf.series_of(key) or key), key, person, "imported")


def _draft(raw: dict[str, Any], series: str, key: str, person: str, act: str) -> ProtocolVersion:
    with transaction.atomic():
        row = ProtocolVersion.objects.create(
            series=series,
            state=DRAFT,
            name=raw["name"][:120],
            body=_text(raw),
            based_on=key[:64],
            changed_by=person,
            changed_at=now_ms(),
        )
        _note(row, act, person, f"from {key[:64]}")
    return row


def content_of(draft: ProtocolVersion) -> dict[str, Any]:
    """The JSON of a draft."""
    raw: dict[str, Any] = json.loads(draft.body)
    return raw


def save(draft_id: int, raw: dict[str, Any], person: str, seen: int) -> ProtocolVersion:
    """Keep a draft's new content; `seen` is `changed_at` of what was worked on. Raises Refused when it is no draft or
    somebody has saved meanwhile: nobody's work is overwritten unseen.
    """
    with transaction.atomic():
        row = _locked(draft_id)
        if row.changed_at != seen:
            raise Refused(f"{row.changed_by} saved this draft meanwhile. Load it again before you change it.")
        row.body, row.name = _text(raw), raw["name"][:120]
        row.changed_by, row.changed_at = person, max(now_ms(), seen + 1)
        row.save()
    return row


def publish(draft_id: int, person: str, note: str = "") -> str:
    """Make a draft the current version of its series and return its key. Raises Refused with every fault of it."""
    with transaction.atomic():
        row = _locked(draft_id)
        number = shelf.next_number(row.series)
        key = f"{row.series}-{number}"
        raw = content_of(row) | {"key": key, "version": number}
        faults = check(raw)
        if faults:
            raise Refused(*faults)
        row.key, row.version, row.state, row.body = key, number, PUBLISHED, _text(raw)
        row.changed_by, row.changed_at = person, now_ms()
        row.published_at = row.changed_at
        row.save()
        _note(row, "published", person, note)
    return key


def retire(key: str, person: str) -> None:
    """Take a version off the offer; codes that began under it keep it. Raises Refused for the last one on offer."""
    with transaction.atomic():
        row = _row(key, person)
        others = [each for each in shelf.versions() if each.state == "published" and each.key != key]
        if not others:
            raise Refused("This is the last protocol on offer. Publish another one first.")
        _turn(row, RETIRED, "retired", person)


def offer_again(key: str, person: str) -> None:
    """Make a version the current one of its series again."""
    with transaction.atomic():
        row = _row(key, person)
        row.published_at = now_ms()
        _turn(row, PUBLISHED, "offered again", person)


def discard(draft_id: int, person: str) -> None:
    """Throw a draft away. Raises Refused when it is none."""
    with transaction.atomic():
        row = _locked(draft_id)
        _note(row, "discarded", person, "")
        row.delete()


def _turn(row: ProtocolVersion, state: ProtocolVersion.State, act: str, person: str) -> None:
    row.state, row.changed_by, row.changed_at = state, person, now_ms()
    row.save()
    _note(row, act, person, "")


def _row(key: str, person: str) -> ProtocolVersion:
    """The row of a version; a shipped one gets its row when something is first said of it."""
    if key in shipped_keys():
        protocol = protocol_named(key)
        ProtocolVersion.objects.get_or_create(
            key=key,
            defaults={
                "series": shelf.series_of(key),
                "version": protocol.version,
                "state": PUBLISHED,
                "name": protocol.name[:120],
                "changed_by": person,
                "changed_at": now_ms(),
            },
        )
    row = ProtocolVersion.objects.select_for_update().filter(key=key).first()
    if row is None:
        raise Refused(f"There is no protocol “{key[:64]}”.")
    return row


def _locked(draft_id: int) -> ProtocolVersion:
    row = ProtocolVersion.objects.select_for_update().filter(pk=draft_id).first()
    if row is None or row.state != DRAFT:
        raise Refused("This is no draft any more.")
    return row


def _new_series(said: str) -> str:
    series = _series(said)
    if any(each.series == series for each in shelf.versions()):
        raise Refused(f"There is a protocol “{series}” already.")
    return series


def _series(said: str) -> str:
    if _SERIES.fullmatch(said) is None or len(said) > MOST_SERIES:
        raise Refused("A protocol's key is made of small letters, digits and hyphens, like “ecpr-child”.")
    return said


def _note(row: ProtocolVersion, act: str, person: str, note: str) -> None:
    ProtocolAct.objects.create(
        series=row.series, version=row.version, act=act, person=person, at=now_ms(), note=note[:2000]
    )


def _text(raw: dict[str, Any]) -> str:
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":"))
