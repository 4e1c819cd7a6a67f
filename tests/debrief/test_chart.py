"""The run chart: every code is in it, however many there are, and it stays as wide as a page."""

from datetime import datetime
from itertools import groupby
from uuid import UUID
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from tests.debrief.told import Told, reading_of
from timeline.debrief.chart import WIDEST, is_crowded, run_chart
from timeline.quality.audit import FEW, Audit, Filter, build
from timeline.quality.cases import Case, case_of

UTC = ZoneInfo("UTC")
SVG = "{http://www.w3.org/2000/svg}"
WEEK = 7 * 24 * 60.0


def audit_of(count: int) -> Audit:
    """So many codes, one a week; every third without flow, every fifth with an estimated arrest."""
    readings = []
    for number in range(count):
        began = number * WEEK
        certainty = "estimated" if number % 5 == 0 else "observed"
        story: list[Told] = [("arrest_onset", began, {"value": "ED", "_certainty": certainty})]
        if number % 3:
            story.append(("flow_established", began + 40 + number % 30, {}))
        outcome = "flow" if number % 3 else "rosc"
        code, closed = UUID(int=number + 1), began + 90
        readings.append(
            reading_of(*story, outcome=outcome, code=code, started=began, closed=closed, name=f"C {number}")
        )
    return build(map(case_of, readings), Filter())


def drawn(audit: Audit) -> ElementTree.Element:
    return ElementTree.fromstring(run_chart(audit, UTC, "A chart"))


def paths(chart: ElementTree.Element, name: str) -> list[str]:
    return [path.get("d", "") for path in chart.iter(f"{SVG}path") if path.get("class") == name]


@pytest.mark.parametrize("count", [60, 200])
def test_every_code_is_drawn_once_and_the_chart_is_no_wider_than_a_page(count: int) -> None:
    audit = audit_of(count)
    chart = drawn(audit)
    timed = sum(row.minutes is not None for row in audit.rows)
    assert float(chart.get("width", "")) <= WIDEST
    if is_crowded(count):
        ticks, observed, estimated = paths(chart, "pen")
        assert (observed.count("h0") + estimated.count("h0"), ticks.count("M")) == (timed, count - timed)
        assert estimated.count("h0") == audit.estimated
    else:
        dots = [each for each in chart.iter(f"{SVG}circle") if (each.get("class") or "").startswith("dot")]
        named = [title.text for title in chart.iter(f"{SVG}title")][1:]
        assert (len(dots), len(named)) == (timed, count)


def test_a_crowd_has_the_median_of_each_quarter_that_has_enough_times() -> None:
    audit = audit_of(200)

    def quarter(row: Case) -> tuple[int, int]:
        began = datetime.fromtimestamp(row.started_at / 1000, UTC)
        return began.year, (began.month - 1) // 3

    quarters = [[row.minutes is not None for row in rows] for _, rows in groupby(audit.rows, quarter)]
    [lines] = paths(drawn(audit), "quarter")
    assert lines.count("M") == sum(sum(timed) >= FEW for timed in quarters)
    assert paths(drawn(audit), "thread") == []
