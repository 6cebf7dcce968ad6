"""Reading findings, for tests."""

from collections.abc import Iterable

from app.services.inspection.findings import Finding


def verdicts(findings: Iterable[Finding]) -> list[tuple[str, str]]:
    """What was judged how; whatever is not well says what to do."""
    listed = list(findings)
    assert all(bool(each.advice) == (each.verdict != "ok") for each in listed)
    return [(each.verdict, each.what) for each in listed]


def the_one(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    return found
