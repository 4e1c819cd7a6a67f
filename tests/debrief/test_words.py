"""The words of times and results."""

import pytest

from timeline.debrief.words import fraction_words, minute_exact, minute_mark, minutes_words, value_words
from timeline.protocols import protocol_named


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(90.0, "90 min"), (36.6667, "36 min 40 s"), (0.5, "30 s"), (0.0, "0 min"), (-4.0, "−4 min"), (None, "")],
)
def test_durations_are_said_to_the_second(minutes: float | None, said: str) -> None:
    assert minutes_words(minutes) == said


def test_a_place_on_the_timeline_is_cut_and_never_rounded_up() -> None:
    assert [minute_mark(minutes) for minutes in (59.99, 60.0, -1.5)] == ["59′", "60′", "−1′"]
    assert [minute_exact(minutes) for minutes in (8.3333, 60.0, -1.5)] == ["8:20", "60:00", "−1:30"]


def test_the_compression_fraction_is_held_against_the_protocols_least() -> None:
    said = [fraction_words(share, 60) for share in (0.975, 0.6, 0.5999)]
    assert said == ["97.5 %, meets 60 %", "60.0 %, meets 60 %", "59.9 %, below 60 %"]
    assert fraction_words(0.5, None) == "50.0 %"


def test_a_records_words_hold_its_value_dose_and_note() -> None:
    assert value_words({"value": 200, "unit": "J"}) == "200 J"
    assert value_words({"value": "adrenaline", "dose": 1.0, "unit": "mg", "route": "IV"}) == "adrenaline 1 mg, IV"
    assert value_words({"value": None, "note": "late", "size": 7}) == "late, size 7"


def test_a_records_fields_are_named_with_their_units_as_the_protocol_has_them() -> None:
    kinds = protocol_named("ecpr-1").raw["kinds"]
    gas = {"value": "femoral", "lactate": 12.5, "pH": 6.9}
    assert value_words(gas, kinds["gas"]) == "femoral, Lactate 12.5 mmol/L, pH 6.9"
    cannula = {"value": 17, "side": "left", "lot": "A1"}
    assert value_words(cannula, kinds["art_cannula_in"]) == "17 Fr, Side left, Lot or UDI A1"
