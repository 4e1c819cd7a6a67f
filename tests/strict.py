"""A pytest plugin of `make test`: nothing is skipped in silence, and every run's last line is kept for the end.

Loaded with `-p tests.strict`. A test that asks to be skipped fails instead, with its reason: a test that cannot run is
not a test that passed.
"""

import os
import time
from collections.abc import Generator
from pathlib import Path

import pytest

STARTED = time.monotonic()
SUMMARY = Path(__file__).resolve().parents[1] / "build" / "pytest-summary"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and a skipped test shows nothing: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"a whole file was skipped, and that shows nothing: {report.longrepr}"
    return report


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return
    line, _ = reporter.build_summary_stats_line()
    said = ", ".join(text for text, _ in line)
    which = config.getoption("-m") or "all"
    store = "PostgreSQL and Valkey" if os.environ.get("DATABASE_URL") else "SQLite"
    SUMMARY.parent.mkdir(exist_ok=True)
    with SUMMARY.open("a") as kept:
        kept.write(f"{said} in {time.monotonic() - STARTED:.2f}s (pytest, {which}, {store})\n")
