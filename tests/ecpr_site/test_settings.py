"""Facts that the promises rest on: durable commits, named hosts, and no half-configured production."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ecpr_site.checks import pragma_faults

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.django_db(transaction=True)
def test_the_database_says_itself_that_commits_are_durable() -> None:
    assert pragma_faults() == []


@pytest.mark.django_db(transaction=True)
def test_a_transaction_takes_the_write_lock_at_its_beginning() -> None:
    with CaptureQueriesContext(connection) as queries, transaction.atomic():
        pass
    wanted = "BEGIN IMMEDIATE" if connection.vendor == "sqlite" else "BEGIN"
    assert queries.captured_queries[0]["sql"] == wanted


def test_requests_keep_no_connections_and_hosts_are_named() -> None:
    assert settings.DATABASES["default"]["CONN_MAX_AGE"] == 0
    assert [host for host in settings.ALLOWED_HOSTS if "*" in host] == []
    assert settings.DEBUG is False


def started(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-c", "from ecpr_site import settings as s; print(s.TRIAL, *s.ORIGINS)"],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({"HOST": "0.0.0.0"}, "ECPR_HOSTS"),
        ({"HOST": "0.0.0.0", "ECPR_HOSTS": "*"}, "ECPR_HOSTS"),
        ({"HOST": "192.168.1.4", "ECPR_DEBUG": "1"}, "ECPR_DEBUG"),
        ({"ECPR_DEBUG": "maybe"}, "ECPR_DEBUG"),
        ({"PORT": "http"}, "PORT"),
        ({"ECPR_PUBLIC_URL": "ecpr.example"}, "ECPR_PUBLIC_URL"),
        ({"ECPR_ZONE": "Mars/Base"}, "ECPR_ZONE"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        ({"REDIS_URL": "http://x"}, "REDIS_URL"),
    ],
)
def test_what_is_half_configured_refuses_to_start_and_says_what_to_set(
    tmp_path: Path, environment: dict[str, str], names: str
) -> None:
    run = started(tmp_path, **environment)
    assert run.returncode == 1
    assert names in run.stderr.splitlines()[-1]


def test_a_ward_trial_and_a_tls_site_start(tmp_path: Path) -> None:
    trial = started(tmp_path, HOST="0.0.0.0", ECPR_HOSTS="192.168.1.4", PORT="8000")
    assert trial.stdout.split()[0] == "True"
    assert "http://192.168.1.4:8000" in trial.stdout.split()
    site = started(tmp_path, HOST="0.0.0.0", ECPR_PUBLIC_URL="https://ecpr.example")
    assert site.stdout.split() == ["False", "https://ecpr.example"]


def test_the_secret_is_made_at_the_first_run_and_kept(tmp_path: Path) -> None:
    started(tmp_path)
    key = (tmp_path / "secret.key").read_text()
    started(tmp_path)
    assert (tmp_path / "secret.key").read_text() == key
    assert len(key) >= 64
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
