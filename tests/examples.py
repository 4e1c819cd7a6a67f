"""How many examples a property test tries: all of them in `make test`, a tenth in `make test-fast`."""

import os


def examples(whole: int) -> int:
    """`whole`, or a tenth of it where `FEW_EXAMPLES` is set."""
    return max(5, whole // 10) if os.environ.get("FEW_EXAMPLES") else whole
