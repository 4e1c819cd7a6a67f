"""A backup of a running site is of one moment, checks itself, and comes back with every log sound in a new epoch."""

import gzip
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

from roles.models import Device, Grant
from tests.factories import a_code, a_person, a_record, author, closed_code, joined
from timeline import services
from timeline.backups import BackupFault, backup, check, read_rows, restore
from timeline.models import Code, Entry
from timeline.proof import verify_codes
from timeline.selectors import lines_after, reading_of
from timeline.writer import writer

pytestmark = pytest.mark.django_db(transaction=True)


def emptied() -> None:
    writer.stop()
    call_command("flush", "--no-input", verbosity=0)
    assert Code.objects.count() == 0


def test_what_was_backed_up_comes_back_to_the_byte_in_a_new_epoch(tmp_path: Path) -> None:
    codes = [a_code(), closed_code()]
    device = joined(codes[0])
    person = a_person()
    lines = {code.id: lines_after(code.id, 0) for code in codes}
    readings = {code.id: reading_of(code, 1_800_000_000_000) for code in codes}
    rows = backup(tmp_path / "b.gz")
    emptied()
    assert restore(tmp_path / "b.gz") == rows
    assert {code.id: lines_after(code.id, 0) for code in codes} == lines
    assert {code.id: reading_of(Code.objects.get(pk=code.id), 1_800_000_000_000) for code in codes} == readings
    assert all(Code.objects.get(pk=code.id).epoch != code.epoch for code in codes)
    assert list(verify_codes(Code.objects.all())) == []
    assert Device.objects.get().secret_hash == device.device.secret_hash
    assert Grant.objects.get().expires_at == device.grant.expires_at
    assert User.objects.get().password == person.password
    services.record(codes[0].id, [a_record(codes[0].id)], author())
    assert Code.objects.get(pk=codes[0].pk).head == 4
    assert list(verify_codes(Code.objects.all())) == []
    joined(codes[0])  # the next row takes a number that is free


def test_a_backup_while_devices_write_is_of_one_moment(tmp_path: Path) -> None:
    code = a_code()
    done = threading.Event()
    written = []

    def keep_tapping() -> None:
        while not done.is_set():
            written.extend(services.record(code.id, [a_record(code.id)], author()))

    tapping = threading.Thread(target=keep_tapping)
    tapping.start()
    try:
        for number in range(5):
            backup(tmp_path / f"{number}.gz")
    finally:
        done.set()
        tapping.join()
        connection.close()
    heads = []
    for number in range(5):
        file = tmp_path / f"{number}.gz"
        assert list(check(file)) == []
        rows = list(read_rows(file))
        [head] = [row["head"] for name, row in rows if name == "timeline.code"]
        assert sum(name == "timeline.entry" for name, _ in rows) == head
        heads.append(head)
    assert heads == sorted(heads)
    assert len(written) > 0


def test_a_log_in_an_older_backup_is_the_beginning_of_the_present_one(tmp_path: Path) -> None:
    code = a_code()
    backup(tmp_path / "old.gz")
    services.record(code.id, [a_record(code.id)], author())
    old = [row["line"] for name, row in read_rows(tmp_path / "old.gz") if name == "timeline.entry"]
    assert lines_after(code.id, 0)[: len(old)] == old


def test_a_database_with_codes_is_never_restored_over(tmp_path: Path) -> None:
    code = a_code()
    backup(tmp_path / "b.gz")
    with pytest.raises(BackupFault, match="holds codes already"):
        restore(tmp_path / "b.gz")
    assert Entry.objects.filter(code=code).count() == 3


def rewritten(file: Path, change: Any) -> None:
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(change(lines))))


def without_the_last_row(lines: list[bytes]) -> list[bytes]:
    return [*lines[:-2], lines[-1]]


def cut(lines: list[bytes]) -> list[bytes]:
    return lines[:-1]


def of_another_version(lines: list[bytes]) -> list[bytes]:
    header = json.loads(lines[0]) | {"migrations": ["timeline.9999_later"]}
    return [json.dumps(header).encode() + b"\n", *lines[1:]]


def something_else(lines: list[bytes]) -> list[bytes]:
    return [b'{"hello": 1}\n']


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without_the_last_row, "its checksum is another"),
        (cut, "is cut short"),
        (of_another_version, "was made by another version (timeline.9999_later)"),
        (something_else, "is no backup of this app"),
    ],
)
def test_a_file_that_is_not_whole_restores_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Any, sentence: str
) -> None:
    a_code()
    file = tmp_path / "b.gz"
    backup(file)
    rewritten(file, change)
    emptied()
    with pytest.raises(SystemExit) as ended:
        call_command("restore", str(file))
    said = capsys.readouterr().err
    assert (ended.value.code, sentence in said, said.count("\n")) == (2, True, 1)
    assert Code.objects.count() == 0


@pytest.mark.parametrize("content", [None, b"", b"no gzip at all"])
def test_a_file_that_is_no_backup_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    file = tmp_path / "b.gz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        call_command("backup", str(file), check=True)
    assert (ended.value.code, capsys.readouterr().err.count("\n")) == (2, 1)


def test_the_commands_say_what_they_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_code()
    file = tmp_path / "b.gz"
    call_command("backup", str(file))
    call_command("backup", str(file), check=True)
    emptied()
    call_command("restore", str(file))
    assert capsys.readouterr().out == (
        f"{file} holds 4 rows, read again and sound.\n"
        "Keep secret.key with it: by that key the server knows what devices bring back.\n"
        f"{file} is whole, and every log in it is sound.\n"
        "4 rows restored; every code has a new epoch. Start the site again.\n"
    )
    assert (file.stat().st_mode & 0o777, [path.name for path in tmp_path.iterdir()]) == (0o600, ["b.gz"])
