"""Values that a record may and may not hold, for tests that send whatever can be sent."""

from typing import Any

from hypothesis import strategies as st

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE timeline_entry; --",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "{{ 7*7 }}{% debug %}",
    '#read("/etc/passwd") $x$ *b* @a <l> \\',
    "</script><!--",
    "\u0000\u0007\u001b[31m",
    "\u202e‮RTL\u2066",
    "\ud83d",
    "%s%n%x ${jndi:ldap://x}",
    "../../../../etc/passwd",
    "𝔘𝔫𝔦" * 40,
    "a" * 70_000,
    "",
    " ",
)
WORDS = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
NUMBERS = st.one_of(
    st.sampled_from([0, 1, -1, 2**31, 2**53, 2**63, -(2**63), 10**30, 1e308, 0.1, -0.0, 253_402_300_800_000]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
    max_leaves=12,
)
DEEP: Any = {"a": []}
for _ in range(40):
    DEEP = {"a": [DEEP]}
FIELDS = ("id", "v", "code", "kind", "at", "precision", "certainty", "earliest", "latest", "source", "null_reason")
MORE_FIELDS = ("payload", "target", "device", "n", "role", "seen", "when", "more")
KINDS = st.sampled_from(
    ["shock", "drug", "rosc", "correction", "void", "adjudication", "code_closed", "note", "no_such"]
)


def changed(good: dict[str, Any]) -> st.SearchStrategy[Any]:
    """A good record with some of its fields replaced by anything at all, or left out, or no record at all."""
    fields = st.sampled_from([*FIELDS, *MORE_FIELDS])
    one = st.tuples(
        fields, st.one_of(ANYTHING, st.just(DEEP), st.sampled_from(["absent", "about", "minute", good["id"]]))
    )

    def apply(kind: str, changes: list[tuple[str, Any]]) -> dict[str, Any]:
        made = {**good, "kind": kind}
        for field, value in changes:
            if value == "absent":
                made.pop(field, None)
            else:
                made[field] = value
        return made

    return st.one_of(st.builds(apply, KINDS, st.lists(one, max_size=3)), ANYTHING)
