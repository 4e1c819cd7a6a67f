"""manage.py import_codes and reading: published cases in, the papers' own figures out; and bad files turned away."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from timeline.models import Code, Entry

pytestmark = pytest.mark.django_db(transaction=True)

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PUBLISHED = FIXTURES / "published"
HEADER = "code,kind,at,precision,certainty,earliest,latest,source,value,unit,note"
DOOR = "amber,door,T+9,,,,,,,,"
START = "amber,code_started,2026-03-01T10:00:00Z,second,observed,,,import,drill,,"


def run(*arguments: object) -> tuple[int, str, str]:
    """A command's exit status, standard output and standard error."""
    out, err = StringIO(), StringIO()
    status = 0
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        status = int(end.code or 0)
    return status, out.getvalue(), err.getvalue()


def file_of(folder: Path, *rows: str) -> Path:
    path = folder / "file.csv"
    path.write_text("\n".join([HEADER, *rows, ""]))
    return path


def reading(name: str) -> dict[str, Any]:
    status, out, _ = run("reading", name, "--json")
    assert status == 0
    return json.loads(out)


def log() -> list[tuple[str, int, str]]:
    return sorted((str(code), seq, body) for code, seq, body in Entry.objects.values_list("code_id", "seq", "body"))


# -- the published cases ---------------------------------------------------------------------------------------------


def test_the_louvre_case_gives_the_papers_figures() -> None:
    run("import_codes", PUBLISHED / "louvre.csv")
    read = reading("louvre")
    assert read["intervals"]["arrest_to_flow"] == {
        "label": "Arrest to flow",
        "minutes": 90.0,
        "low": 90.0,
        "high": 90.0,
        "status": "known",
        "flags": [],
        "reason": None,
        "ends": ["arrest_onset", "flow_on"],
    }
    target = read["targets"]["arrest_to_flow"]
    assert (target["limit_minutes"], target["result"], target["by_minutes"]) == (60, "missed", 30.0)
    assert read["intervals"]["cannulation_to_flow"]["minutes"] == 23.0
    for key in ("no_flow", "low_flow"):
        interval = read["intervals"][key]
        assert (interval["status"], interval["minutes"], interval["reason"]) == ("missing", None, "not_documented")
    assert (read["code"]["mode"], read["code"]["state"], read["code"]["outcome"]) == ("real", "closed", "flow")


def test_the_virginia_simulation_gives_the_papers_figures_and_is_a_drill() -> None:
    run("import_codes", PUBLISHED / "uva-simulation.csv")
    read = reading("uva-simulation")
    assert read["intervals"]["activation_to_flow"]["minutes"] == 36.6667
    assert read["intervals"]["arrest_to_flow"]["minutes"] == 45.0
    target = read["targets"]["arrest_to_flow"]
    assert (target["result"], target["by_minutes"]) == ("met", 15.0)
    assert (read["code"]["mode"], Code.objects.get().mode) == ("drill", "drill")


def test_the_perth_case_gives_the_papers_figures_and_no_flow_is_not_zero() -> None:
    run("import_codes", PUBLISHED / "perth.csv")
    read = reading("perth")
    assert read["intervals"]["arrest_to_door"]["minutes"] == 25.0
    rosc = read["intervals"]["arrest_to_rosc"]
    assert (rosc["minutes"], rosc["status"], rosc["flags"]) == (35.0, "known", ["estimated"])
    flow = read["intervals"]["arrest_to_flow"]
    assert (flow["status"], flow["minutes"], flow["low"], flow["high"]) == ("not_applicable", None, None, None)
    assert read["targets"]["arrest_to_flow"]["result"] == "not_applicable"
    assert read["code"]["outcome"] == "rosc"


@pytest.mark.parametrize("name", ["louvre", "perth", "uva-simulation"])
def test_a_published_case_imported_again_changes_nothing(name: str) -> None:
    status, out, _ = run("import_codes", PUBLISHED / f"{name}.csv")
    assert status == 0
    assert out.splitlines()[-1] == "5 records in 1 code imported."
    before = log()
    status, out, _ = run("import_codes", PUBLISHED / f"{name}.csv")
    assert (status, log()) == (0, before)
    assert out.splitlines()[-1] == "Nothing new: all 5 good rows are already here."


# -- what the command does with a file -------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_happen_and_changes_nothing(tmp_path: Path) -> None:
    path = file_of(tmp_path, START, "amber,shock,T+5,,,,,,200,J,")
    assert run("import_codes", path, "--dry-run") == (
        0,
        "amber (drill): new code, 2 records would be added\n2 records in 1 code would be imported.\n",
        "",
    )
    assert (Code.objects.count(), Entry.objects.count()) == (0, 0)


def test_a_file_with_a_bad_row_imports_nothing_and_names_every_fault_with_its_line(tmp_path: Path) -> None:
    path = file_of(tmp_path, START, "amber,shock,T+5:99,,,,,,200,J,", DOOR, "amber,rosc,soonish,,sure,,,,,,")
    status, out, err = run("import_codes", path)
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        "file.csv: 2 of 4 rows have faults; nothing was imported.",
        "line 3: at “T+5:99” has 99 seconds; seconds run from 00 to 59",
        "line 5: at “soonish” is not a time; write 2026-03-01T10:02:30+01:00 (with its offset), or T+67 or T+8:20 "
        "for minutes after the code_started row",
        "line 5: certainty “sure” is none of observed, device, record, estimated or unknown",
    ]
    assert Entry.objects.count() == 0


def test_the_good_rows_are_imported_exactly_when_asked(tmp_path: Path) -> None:
    path = file_of(tmp_path, START, "amber,shock,T+5:99,,,,,,200,J,", DOOR)
    status, out, err = run("import_codes", path, "--good-rows")
    assert (status, out.splitlines()[-1]) == (0, "2 records in 1 code imported.")
    assert err.splitlines() == [
        "file.csv: 1 of 3 rows has a fault; the 2 good ones are taken.",
        "line 3: at “T+5:99” has 99 seconds; seconds run from 00 to 59",
    ]
    assert list(Entry.objects.order_by("seq").values_list("kind", flat=True)) == ["code_started", "door"]


def test_the_row_put_right_is_all_that_a_second_import_adds(tmp_path: Path) -> None:
    bad, good = "amber,shock,T+5:99,,,,,,200,J,", "amber,shock,T+5:09,,,,,,200,J,"
    run("import_codes", file_of(tmp_path, START, bad, DOOR), "--good-rows")
    before = log()
    status, out, _ = run("import_codes", file_of(tmp_path, START, good, DOOR))
    assert (status, out) == (
        0,
        "amber (drill): 1 record added to the 2 already here\n1 record in 1 code imported.\n",
    )
    assert log()[: len(before)] == before
    assert Entry.objects.count() == 3


def test_a_file_of_several_codes_makes_each_by_its_own_mode(tmp_path: Path) -> None:
    rows = [
        f"{name},code_started,2026-03-01T10:00Z,,,,,,{mode},"
        for name, mode in (("a", ""), ("b", "drill"), ("c", "demo"))
    ]
    run("import_codes", file_of(tmp_path, *(row + "," for row in rows)))
    assert dict(Code.objects.values_list("name", "mode")) == {"a": "real", "b": "drill", "c": "demo"}


def test_more_rows_than_one_batch_holds_are_all_recorded_in_order(tmp_path: Path) -> None:
    run("import_codes", file_of(tmp_path, START, *(f"amber,shock,T+{minute},,,,,,200,J," for minute in range(1, 131))))
    kinds = list(Entry.objects.order_by("seq").values_list("seq", "kind"))
    assert kinds == [(1, "code_started"), *((seq, "shock") for seq in range(2, 132))]


def test_a_start_that_moved_is_a_fault_because_it_would_be_two_codes_in_one(tmp_path: Path) -> None:
    run("import_codes", file_of(tmp_path, START))
    status, _, err = run("import_codes", file_of(tmp_path, START.replace("10:00:00", "10:30:00"), DOOR))
    assert (status, err.splitlines()[1:]) == (
        2,
        [
            "line 2: code “amber” was imported with another start before, so this would be two codes in one; "
            "give the file's code another name"
        ],
    )
    assert Entry.objects.count() == 1


def test_a_start_of_another_mode_is_a_fault_because_a_drill_never_becomes_a_patient(tmp_path: Path) -> None:
    run("import_codes", file_of(tmp_path, START))
    status, _, err = run("import_codes", file_of(tmp_path, START.replace("drill", "real")))
    assert (status, err.splitlines()[1:]) == (
        2,
        [
            "line 2: code “amber” was imported as drill before, and this row says real; "
            "give the file's code another name"
        ],
    )


def test_a_start_whose_note_was_edited_is_the_same_start(tmp_path: Path) -> None:
    run("import_codes", file_of(tmp_path, START))
    status, out, _ = run("import_codes", file_of(tmp_path, START + "from the paper"))
    assert (status, out.splitlines()[-1]) == (0, "Nothing new: all 1 good rows are already here.")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "file.csv: the file has a fault; nothing was imported.\nline 1: the file is empty\n"),
        (
            b"PK\x03\x04",
            "file.csv: the file has a fault; nothing was imported.\n"
            "line 1: this is a spreadsheet or a zip archive, not a CSV file; save the sheet as CSV (UTF-8)\n",
        ),
    ],
)
def test_what_is_no_import_file_is_turned_away(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    assert run("import_codes", path) == (2, "", sentence)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    assert run("import_codes", path) == (2, "", f"{path}: No such file or directory\n")
    assert run("import_codes", tmp_path) == (2, "", f"{tmp_path}: Is a directory\n")


# -- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["louvre", "LOUVRE", "Code Louvre", "code  louvre"])
def test_a_code_is_found_by_its_name_in_any_case_with_or_without_the_word_code(name: str) -> None:
    run("import_codes", PUBLISHED / "louvre.csv")
    assert reading(name)["code"]["name"] == "louvre"


def test_a_code_is_found_by_its_id() -> None:
    run("import_codes", PUBLISHED / "louvre.csv")
    id = str(Code.objects.get().pk)
    assert reading(id)["code"]["id"] == id


def test_without_json_the_reading_is_a_table_for_people() -> None:
    run("import_codes", PUBLISHED / "louvre.csv")
    status, out, _ = run("reading", "louvre")
    lines = out.splitlines()
    assert (status, lines[0]) == (0, "Code louvre (real, closed, flow)")
    assert [line.split() for line in lines if line.startswith("  arrest_to_flow")] == [
        ["arrest_to_flow", "90.00", "90.00", "90.00", "known"],
        ["arrest_to_flow", "60.00", "30.00", "missed"],
    ]


@pytest.mark.parametrize("name", ["nobody", "00000000-0000-0000-0000-000000000000", "", "%", "a\nb"])
def test_an_unknown_code_is_one_line_and_status_two(name: str) -> None:
    status, out, err = run("reading", name, "--json")
    assert (status, out, len(err.splitlines())) == (2, "", 1)
