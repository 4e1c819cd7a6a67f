"""`manage.py verify` finds every attack on a stored log, and names the first bad entry."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Replace
from django.test import override_settings

from tests.factories import a_code, a_record, author
from timeline import services
from timeline.appending import Batch, append
from timeline.models import Code, Entry
from timeline.proof import read_heads, verify_codes

pytestmark = pytest.mark.django_db(transaction=True)


@contextlib.contextmanager
def tampering() -> Iterator[None]:
    """The database without its triggers: what somebody could do who owns the file."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE timeline_entry DISABLE TRIGGER entry_never_changed")
            yield
            cursor.execute("ALTER TABLE timeline_entry ENABLE TRIGGER entry_never_changed")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'timeline_entry'")
        triggers = cursor.fetchall()
        assert [name for name, _ in triggers] == ["entry_never_changed", "entry_never_deleted"]
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, sql in triggers:
            cursor.execute(sql)


def edited(code: Code) -> None:
    Entry.objects.filter(code=code, seq=3).update(line=Replace("line", Value("cpr_start"), Value("shock")))


def deleted(code: Code) -> None:
    Entry.objects.filter(code=code, seq=3)._raw_delete("default")


def swapped(code: Code) -> None:
    Entry.objects.filter(code=code, seq=3).update(seq=99)
    Entry.objects.filter(code=code, seq=4).update(seq=3)
    Entry.objects.filter(code=code, seq=99).update(seq=4)


def truncated(code: Code) -> None:
    Entry.objects.filter(code=code, seq__gt=4)._raw_delete("default")


def moved_from_another_code(code: Code) -> None:
    other = a_code()
    Entry.objects.filter(code=code, seq=5)._raw_delete("default")
    row = Entry.objects.get(code=other, seq=3)
    Entry.objects.filter(pk=row.pk).update(code=code, seq=5)
    Code.objects.filter(pk=other.pk).update(
        head=2, head_hash=json.loads(Entry.objects.get(code=other, seq=2).line)["hash"]
    )


def received_later(code: Code) -> None:
    Entry.objects.filter(code=code, seq=2).update(received=F("received") + 60_000)


def renamed(code: Code) -> None:
    Entry.objects.filter(code=code, seq=4).update(kind="rosc")


def another_body(code: Code) -> None:
    Entry.objects.filter(code=code, seq=4).update(body="{}")


@override_settings(MAC_KEY=b"a key that the attacker made up")
def chained_anew(code: Code) -> None:
    """The tail is cut off and written again with another shock, hashes and all, by somebody without the key."""
    truncated(code)
    row = Entry.objects.get(code=code, seq=4)
    Code.objects.filter(pk=code.pk).update(head=4, head_hash=json.loads(row.line)["hash"])
    append([Batch(code.id, [a_record(code.id), a_record(code.id)], author())])


ATTACKS: dict[str, tuple[Callable[[Code], None], int, str]] = {
    "edited": (edited, 3, "its content is not what was hashed"),
    "deleted": (deleted, 3, "missing; the next one that is there is 4"),
    "swapped": (swapped, 3, "it does not follow the entry before it"),
    "truncated": (truncated, 4, "the log ends here, and the code says that it ends at 6"),
    "moved from another code": (moved_from_another_code, 5, "its line cannot be read"),
    "received later": (received_later, 2, "its columns are not those of its line"),
    "renamed": (renamed, 4, "its columns are not those of its line"),
    "another body": (another_body, 4, "its columns are not those of its line"),
    "chained anew": (chained_anew, 5, "its mark is not this server's"),
}


def a_log() -> Code:
    code = a_code()
    services.record(code.id, [a_record(code.id) for _ in range(3)], author())
    return code


def test_logs_as_they_were_appended_are_sound(capsys: pytest.CaptureFixture[str]) -> None:
    a_log()
    a_log()
    call_command("verify")
    assert capsys.readouterr().out == "2 codes with 12 entries are what was appended.\n"


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_found_and_its_first_entry_named(attack: str) -> None:
    code, sound = a_log(), a_log()
    make, seq, why = ATTACKS[attack]
    with tampering():
        make(code)
        faults = list(verify_codes(Code.objects.all()))
    assert [(fault.code, fault.seq, fault.why[: len(why)]) for fault in faults] == [(code.id, seq, why)]
    assert sound.pk != code.pk


def test_the_command_names_the_entry_and_ends_with_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    code = a_log()
    with tampering():
        edited(code)
        with pytest.raises(SystemExit) as ended:
            call_command("verify", code.name)
    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        f"{code.name} ({code.id}), entry 3: its content is not what was hashed\n"
        "1 of 1 codes are not what was appended.\n"
    )


def test_heads_noted_elsewhere_find_a_log_that_was_cut_and_written_anew_with_the_key(tmp_path: Path) -> None:
    code = a_log()
    noted = tmp_path / "heads"
    call_command("verify", heads=str(noted))
    with tampering():
        truncated(code)
        row = Entry.objects.get(code=code, seq=4)
        Code.objects.filter(pk=code.pk).update(head=4, head_hash=json.loads(row.line)["hash"])
        append([Batch(code.id, [a_record(code.id) for _ in range(3)], author())])
        assert list(verify_codes(Code.objects.all())) == []
        [fault] = verify_codes(Code.objects.all(), read_heads(noted.read_text().splitlines()))
    assert (fault.seq, fault.why) == (6, "another entry stood here when its hash was noted")


def test_a_file_of_heads_that_is_none_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    noted = tmp_path / "heads"
    noted.write_text('{"code": 1}\n')
    with pytest.raises(SystemExit) as ended:
        call_command("verify", heads=str(noted))
    assert (ended.value.code, capsys.readouterr().err) == (
        2,
        f"{noted}: line 1: has to hold code, epoch, seq and hash\n",
    )
