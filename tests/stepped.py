"""`manage.py` in a process whose system clock can be set: it is off by as many seconds as the file STEP says.

libfaketime would do it for the whole process, but its wheel is built for the machine that asks for it and cannot be
pinned by hash. All that the project asks for the time is Python's `time`, so that is where the step is made; the clocks
that nobody can set stay as they are.
"""

import os
import sys
import time
from pathlib import Path

from django.core.management import execute_from_command_line

_real = time.time_ns
_step = Path(os.environ["STEP"])


def _time_ns() -> int:
    return _real() + int(_step.read_text() or "0") * 1_000_000_000


time.time_ns = _time_ns
time.time = lambda: _time_ns() / 1_000_000_000
os.environ["DJANGO_SETTINGS_MODULE"] = "ecpr_site.settings"
execute_from_command_line(["manage.py", *sys.argv[1:]])
