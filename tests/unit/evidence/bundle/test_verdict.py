"""A verdict is what an auditor reads: every fault once, what is proven only where there is none."""

from __future__ import annotations

from affidavit.core.errors import BundleError
from affidavit.evidence.bundle.verdict import Fault, Verdict


def test_a_step_that_fails_is_a_fault_and_the_next_goes_on() -> None:
    """By its code and message, once."""
    verdict = Verdict()
    assert verdict.verified
    for _ in range(2):
        with verdict.step():
            raise BundleError("it is not whole", code="bundle-archive")
    with verdict.step():
        verdict.fault("other", "something else")
    assert verdict.faults == [Fault("bundle-archive", "it is not whole"), Fault("other", "something else")]
    assert not verdict.verified


def test_the_members_are_those_that_programs_read() -> None:
    """One JSON object, the summary within it."""
    verdict = Verdict(sha256="ab", proved=["p"], unproved=["u"], summary={"origin": "log.example"})
    assert verdict.as_dict() == {
        "verified": True, "faults": [], "proved": ["p"], "not_proved": ["u"], "sha256": "ab", "origin": "log.example",
    }  # fmt: skip
    verdict.fault("c", "w")
    assert (verdict.as_dict()["verified"], verdict.as_dict()["faults"]) == (
        False,
        [{"code": "c", "what": "w"}],
    )


def test_what_a_person_reads() -> None:
    """What is proven and what is not, then the conclusion; with a fault nothing counts as proven."""
    summary = {"counts": {"matching": 3}, "origin": "log.example", "first": 7, "end": 9}
    verdict = Verdict(proved=["p", "q"], unproved=["u"], summary=summary)
    assert verdict.text() == (
        "proved: p\nproved: q\nNOT proved: u\nVERIFIED: 3 records of log.example, entries 7 up to 9."
    )
    verdict.fault("c", "w")
    assert verdict.text() == "FAULT c: w\nNOT proved: u\nNOT VERIFIED: 1 fault."
    verdict.fault("d", "v")
    assert verdict.text() == "FAULT c: w\nFAULT d: v\nNOT proved: u\nNOT VERIFIED: 2 faults."


def test_a_verdict_without_a_summary_can_be_read() -> None:
    """Nothing was read of the bundle yet."""
    assert Verdict().text() == "VERIFIED: 0 records of None, entries None up to None."
