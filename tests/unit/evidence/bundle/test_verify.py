"""What verification says of a bundle: what is proven word for word, what is not, and each forgery by its reason."""

from __future__ import annotations

import io
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from tests.running.bundled import ORIGIN, T0_US, TOOL, VERIFIER, BundledLog, Row, signing_keys, verdict_of
from tests.running.tsa import new_tsa
from tests.simulators.forger import Forger

from affidavit.evidence.bundle.create import Kept
from affidavit.evidence.bundle.trust import Trust, parse_trust
from affidavit.evidence.bundle.verify import verify_bundle
from affidavit.formats.rfc3161 import parse_response, request
from affidavit.formats.tlog.checkpoint import Checkpoint
from affidavit.formats.tlog.cosignature import Ed25519Cosigner
from affidavit.formats.tlog.keys import KeyType, SigningKey
from affidavit.formats.tlog.note import format_note, parse_note
from affidavit.formats.tlog.rotation import sign_rotation

if TYPE_CHECKING:
    from pathlib import Path

    from tests.running.tsa import Tsa

    from affidavit.evidence.bundle.verdict import Verdict

ROWS = [Row(index=at) for at in range(20)]
LOG = BundledLog(ROWS)
W1 = SigningKey("one.example", KeyType.ED25519_COSIGNATURE, b"1" * 32)
W2 = SigningKey("two.example", KeyType.ED25519_COSIGNATURE, b"2" * 32)
SIGNED = "the manifest is signed by the log's keys: auditor (0123456789abcdef) asked on 2026-11-23T09:00:07.000000Z"
RANGE = (
    "entries 4 up to 12 are all of the log's in that range, unchanged and in order",
    "of each source no entry is missing in the range: its numbers have no hole",
)
ALL = (
    "the disclosed parts of 6 records are what was sealed, and the others are withheld",
    "these 6 are all records that were received in the period",
)
UNWITNESSED = (
    "that others saw the same log: no witness cosigned the end checkpoint, so its operator could show another log to "
    "somebody else"
)
UNSTAMPED = "when the end checkpoint was made, other than by the log's own clock: no timestamp is kept"
UNSHOWN = (
    "that every record which matches the query is disclosed: the entries of the others are there, "
    "their content is not"
)
LIMITS = (
    "what report.html says: it is signed and was not computed again; records.csv was",
    "that the sources told the truth, or everything, and that the log's clock was right (see VERIFY.md)",
)


def bundle(log: BundledLog = LOG, **changes: object) -> bytes:
    """Entries 4 to 11, records 5 to 10."""
    return log.make(4, 12, since=5, until=11, **changes).data  # type: ignore[arg-type]


def codes(verdict: Verdict) -> set[str]:
    """The codes of the faults."""
    return {fault.code for fault in verdict.faults}


def signed(forger: Forger, log: BundledLog = LOG) -> Verdict:
    """What is said of a bundle that whoever has the log's keys forged; the reader has the keys."""
    return verdict_of(forger.signed(log), log.keys)


def test_a_verdict_says_what_is_proven_and_what_is_not() -> None:
    """Word for word, of a bundle of everything in a period of a log without witnesses and timestamps."""
    data = bundle()
    verdict = verdict_of(data, LOG.keys)
    assert verdict.proved == [
        SIGNED,
        "the log's keys signed its state of 20 entries",
        "those keys are the ones that you gave",
        *RANGE,
        *ALL,
    ]
    assert verdict.unproved == [UNWITNESSED, UNSTAMPED, *LIMITS]
    assert verdict.sha256 == sha256(data).hexdigest()
    assert verdict.summary == {
        "origin": ORIGIN,
        "first": 4,
        "end": 12,
        "tool": TOOL,
        "created": "2026-11-23T09:00:07.000000Z",
        "query": "",
        "disclosed": ["actor", "detail", "facts", "raw", "target"],
        "size": 20,
        "root": LOG.root(20).hex(),
        "counts": {"entries": 8, "in_period": 6, "matching": 6},
        "received": {"min": "2026-11-23T09:00:05.000000Z", "max": "2026-11-23T09:00:10.000000Z"},
        "occurred": {"min": "2026-11-23T09:00:04.000000Z", "max": "2026-11-23T09:00:09.000000Z"},
        "sources": [
            {"source": "okta-prod", "entries": 8, "matching": 6, "first_index": 4, "last_index": 11, "first_seq": 4,
             "last_seq": 11, "holes": 0}
        ],
    }  # fmt: skip


def test_a_query_and_withheld_parts_prove_less() -> None:
    """Nobody can say what is not shown."""
    verdict = verdict_of(bundle(query="a", matching=range(6, 8), disclosed=("facts", "raw")))
    assert verdict.faults == []
    assert verdict.proved == [
        SIGNED,
        "the log's keys signed its state of 20 entries",
        *RANGE,
        "the disclosed parts of 2 records are what was sealed, and the others are withheld",
    ]
    assert verdict.unproved == [
        "WHO signed: the keys come from the bundle itself; give those that you got elsewhere (--key, --policy)",
        UNWITNESSED,
        UNSTAMPED,
        UNSHOWN,
        "what the withheld parts say: actor, detail, target",
        *LIMITS,
    ]
    blank = verdict_of(bundle(query=" \t", disclosed=("facts",)))
    assert ALL[1] in blank.proved
    assert not any("matches the query" in what for what in blank.unproved)


def test_the_whole_file_is_read_whatever_was_read_of_it_before(tmp_path: Path) -> None:
    """From its first byte on."""
    path, data = tmp_path / "bundle.zip", bundle()
    path.write_bytes(data)
    with path.open("rb") as file:
        file.seek(100)
        verdict = verify_bundle(file, Trust())
    assert verdict.verified
    assert verdict.sha256 == sha256(data).hexdigest()


def test_a_file_that_cannot_be_read_is_a_fault() -> None:
    """No traceback, and no verdict that nothing was wrong."""

    class Failing(io.BytesIO):
        def seek(self, *_: int) -> int:
            raise OSError(5, "Input/output error")

    verdict = verify_bundle(Failing(), Trust())
    assert codes(verdict) == {"bundle-archive"}
    assert "Input/output error" in verdict.faults[0].what
    assert codes(verdict_of(b"")) == {"bundle-archive"}


def test_a_manifest_that_was_not_signed_is_found() -> None:
    """Another one, or another number of rows than was signed."""
    forger = Forger(bundle())
    manifest = forger.manifest
    manifest["asked_by"]["name"] = "somebody else"
    forger.manifest = manifest
    verdict = verdict_of(forger.plain(), LOG.keys)
    assert [(fault.code, fault.what) for fault in verdict.faults] == [
        ("manifest-differs", "the manifest is not the one that was signed")
    ]
    forger = Forger(bundle())
    statement = parse_note(forger.members["manifest.note"]).text.decode().split("\n")
    assert statement[1] == "6"
    digest = sha256(forger.members["manifest.json"]).digest()
    forger.members["manifest.note"] = LOG.sign(Checkpoint("affidavit/bundle/v1", 5, digest))
    verdict = verdict_of(forger.plain(), LOG.keys)
    assert [(fault.code, fault.what) for fault in verdict.faults] == [
        ("manifest-differs", "another number of rows was signed")
    ]


def test_every_fault_is_found_not_only_the_first() -> None:
    """One in each step; the later ones do not depend on the earlier."""
    forger = Forger(bundle())
    forger.members["manifest.note"] = b"no note"
    forger.members["end.note"] = LOG.note(19)
    forger.set_records(forger.records()[1:])
    forger.members["report.html"] = b"x"
    verdict = verdict_of(forger.plain(), LOG.keys)
    assert [fault.code for fault in verdict.faults] == [
        "log-format",
        "checkpoint-differs",
        "row-dropped",
        *["member-differs"] * 3,
    ]
    assert [fault.what.partition(" ")[0] for fault in verdict.faults[3:]] == [
        "end.note",
        "records.bin",
        "report.html",
    ]


def test_without_keys_the_records_are_looked_at_all_the_same() -> None:
    """Their counts are told, but nothing of them is called proven."""
    forger = Forger(bundle())
    forger.members["policy.txt"] = b"quorum none\n"
    verdict = verdict_of(forger.mended(), LOG.keys)
    assert "key-missing" in codes(verdict)
    assert verdict.proved == []
    assert verdict.summary["counts"]["matching"] == 6
    assert "root" not in verdict.summary


# Checkpoints


def test_an_end_checkpoint_of_another_size_is_found() -> None:
    """The manifest says which state of the log this is."""
    forger = Forger(bundle())
    forger.members["end.note"] = LOG.note(19)
    verdict = signed(forger)
    assert ("checkpoint-differs", "the end checkpoint has 19 entries and not 20") in [
        (fault.code, fault.what) for fault in verdict.faults
    ]


@pytest.mark.parametrize("size", [1, 3, 4])
def test_the_log_only_grew(size: int) -> None:
    """From any earlier state up to the one that the range begins at."""
    verdict = verdict_of(bundle(start=Kept(note=LOG.note(size))), LOG.keys)
    assert verdict.faults == []
    assert f"the log only grew from its state of {size} entries to that of 20" in verdict.proved
    assert "when the start checkpoint was made, other than by the log's own clock: no timestamp is kept" in (
        verdict.unproved
    )


@pytest.mark.parametrize("size", [5, 20])
def test_a_start_checkpoint_behind_the_range_is_found(size: int) -> None:
    """It would not say what was there before."""
    verdict = verdict_of(bundle(start=Kept(note=LOG.note(size))), LOG.keys)
    assert [fault.code for fault in verdict.faults] == ["checkpoint-differs"]
    assert f"the start checkpoint has {size} entries; {size} are stated" in verdict.faults[0].what


def test_a_start_checkpoint_of_another_size_than_stated_is_found() -> None:
    """Be it of an earlier one."""
    forger = Forger(bundle(start=Kept(note=LOG.note(4))))
    forger.members["start.note"] = LOG.note(3)
    assert "the start checkpoint has 3 entries; 4 are stated, and the range begins at 4" in [
        fault.what for fault in signed(forger).faults
    ]


def test_another_log_before_the_range_is_found() -> None:
    """The start checkpoint is signed and of the right size, but the log did not grow from it."""
    other = BundledLog([Row(index=at, raw=b"other") for at in range(20)])
    forger = Forger(bundle(start=Kept(note=LOG.note(4))))
    forger.members["start.note"] = other.note(4)
    assert "verification" in codes(signed(forger))


@pytest.mark.parametrize("name", ["start.note", "start.tsr", "consistency.txt"])
def test_a_start_that_the_manifest_does_not_name_is_found(name: str) -> None:
    """A checkpoint, a timestamp or hashes that nobody would look at."""
    forger = Forger(bundle())
    if name == "consistency.txt":
        forger.members[name] = Forger(bundle(start=Kept(note=LOG.note(4)))).members[name]
    else:
        forger.members[name] = LOG.note(4)
    assert codes(signed(forger)) == {"checkpoint-differs"}
    assert Forger(bundle()).members["consistency.txt"] == b""


@pytest.mark.parametrize("data", [b"x\n", b"\xff\n", b"AAAA", b"\n\n "])
def test_hashes_that_are_none_are_found(data: bytes) -> None:
    """Another spelling, a line that does not end."""
    for name in ("boundary.txt", "consistency.txt"):
        forger = Forger(bundle(start=Kept(note=LOG.note(4))))
        forger.members[name] = forger.members[name] + data
        verdict = signed(forger)
        assert codes(verdict) == {"hashes-format"}
        assert name in verdict.faults[0].what


# Witnesses


def cosigned(*keys: SigningKey, size: int = 20) -> Kept:
    """The end checkpoint, cosigned a minute and more after T0."""
    note = parse_note(LOG.note(size))
    cosignatures = [
        Ed25519Cosigner(key).cosign(note.text, time_s=T0_US // 1_000_000 + 60 * number)
        for number, key in enumerate(keys, 1)
    ]
    return Kept(note=format_note(note.text, (*note.signatures, *cosignatures)))


def policy(*keys: SigningKey, quorum: str = "all") -> bytes:
    """Witnesses a, b, ... and how many of them."""
    lines = [f"witness {name} {key.verifier_key()}" for name, key in zip("ab", keys, strict=False)]
    return LOG.policy(*lines, f"group g {quorum} {' '.join('ab'[: len(keys)])}", "quorum g")


def witnessed(end: Kept, *, by: bytes, given: bytes | None = None) -> Verdict:
    """What is said of a bundle whose own policy is `by`, and of it alone, where the reader gave none."""
    return verdict_of(bundle(end=end, policy=by), LOG.keys, policy=given)


NOT_INDEPENDENT = "that the witnesses ({}) are independent: they are named by the bundle itself (--policy)"
TOO_FEW = "the quorum of the bundle's own policy: too few witnesses cosigned"
FIRST, SECOND = "a at 2026-11-23T09:01:00.000000Z", "b at 2026-11-23T09:02:00.000000Z"


def test_witnesses_of_the_bundle_are_told_and_not_believed() -> None:
    """All of them, too few, none."""
    verdict = witnessed(cosigned(W1, W2), by=policy(W1, W2))
    assert verdict.unproved[:2] == [NOT_INDEPENDENT.format(f"{FIRST}, {SECOND}"), UNSTAMPED]
    verdict = witnessed(cosigned(W1), by=policy(W1, W2))
    assert verdict.unproved[:3] == [NOT_INDEPENDENT.format(FIRST), TOO_FEW, UNSTAMPED]
    verdict = witnessed(cosigned(), by=policy(W1, W2))
    assert verdict.unproved[:3] == [UNWITNESSED, TOO_FEW, UNSTAMPED]
    assert verdict.faults == []
    assert not any("witnesses of your policy" in what for what in verdict.proved)


def test_witnesses_of_the_reader_are_what_counts() -> None:
    """Their quorum has to be met, whatever the bundle's own policy says."""
    mine = policy(W1, W2)
    verdict = witnessed(cosigned(W1, W2), by=LOG.policy(), given=mine)
    assert verdict.faults == []
    assert f"witnesses of your policy saw this state: {FIRST}, {SECOND}" in verdict.proved
    assert verdict.unproved == [UNSTAMPED, *LIMITS]
    for end, told in ((cosigned(W1), FIRST), (cosigned(), "nobody")):
        verdict = witnessed(end, by=policy(W1, W2, quorum="1"), given=mine)
        assert [(fault.code, fault.what) for fault in verdict.faults] == [
            ("quorum", f"the end checkpoint is cosigned by {told}, which is not the quorum of your policy")
        ]


def test_a_reader_who_asks_for_no_witness_is_told_that_there_is_none() -> None:
    """A quorum of none is met, and proves nothing."""
    verdict = witnessed(cosigned(), by=policy(W1, W2), given=LOG.policy())
    assert verdict.faults == []
    assert verdict.unproved == [UNWITNESSED, UNSTAMPED, *LIMITS]


def test_a_bundle_that_asks_for_no_witness_does_not_lack_one() -> None:
    """Nothing is said of a quorum then."""
    verdict = witnessed(cosigned(W1), by=LOG.policy(f"witness a {W1.verifier_key()}", "quorum none"))
    assert verdict.unproved[:2] == [NOT_INDEPENDENT.format(FIRST), UNSTAMPED]


# Timestamps


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tsa, bytes, bytes]:
    """A time-stamping authority, its root, and that of another."""
    folder: Path = tmp_path_factory.mktemp("tsa")
    tsa, root = new_tsa(folder / "one", kind="p256")
    return tsa, root.pem, new_tsa(folder / "two", kind="p256")[1].pem


def stamped(tsa: Tsa, note: bytes) -> bytes:
    """The authority's token over a checkpoint."""
    return parse_response(tsa.reply(request(sha256(note).digest(), nonce=1)))


def test_timestamps_prove_when(authority: tuple[Tsa, bytes, bytes]) -> None:
    """With the roots of their authority; without roots what they say is told; other roots are a fault."""
    tsa, root, other = authority
    start, end = (Kept(note=note, token=stamped(tsa, note)) for note in (LOG.note(4), LOG.note(20)))
    data = bundle(start=start, end=end)
    verdict = verdict_of(data, LOG.keys, roots=root)
    assert verdict.faults == []
    told = [what for what in verdict.proved if "vouches for it" in what]
    assert [what.partition(" existed at 20")[0] for what in told] == [
        "the end checkpoint",
        "the start checkpoint",
    ]
    assert not any("timestamp" in what for what in verdict.unproved)
    said = verdict_of(data, LOG.keys)
    assert said.faults == []
    assert not any("vouches" in what for what in said.proved)
    assert [what for what in said.unproved if "name the authority (--roots)" in what] == [
        f"that {what.partition(': ')[0]}, as its timestamp says: name the authority (--roots)"
        for what in told
    ]
    assert codes(verdict_of(data, LOG.keys, roots=other)) == {"token-untrusted"}


def test_a_timestamp_of_something_else_is_found(authority: tuple[Tsa, bytes, bytes]) -> None:
    """With roots and without."""
    tsa, root, _ = authority
    end = Kept(note=LOG.note(20), token=stamped(tsa, LOG.note(4)))
    for roots in (None, root):
        assert codes(verdict_of(bundle(end=end), LOG.keys, roots=roots)) == {"token-imprint"}


# Rotations and other records from elsewhere


def rotated() -> tuple[BundledLog, BundledLog, list[Row]]:
    """A log whose keys changed at entry 3, by its old keys and by its new ones."""
    statement = sign_rotation(old=signing_keys(b"l"), new=signing_keys(b"n"), size=3, time_us=1).encode()
    rows = [Row(index=at, kind="key", raw=statement) if at == 3 else ROWS[at] for at in range(20)]
    return BundledLog(rows), BundledLog(rows, seed=b"n"), rows


def test_rotations_lead_from_the_readers_keys_to_the_newest() -> None:
    """And back; what they are is told."""
    old, new, _ = rotated()
    data = bundle(new, key_history=[new.proven(3, "raw")], start=Kept(note=old.note(3)))
    for keys in (old.keys, new.keys):
        verdict = verdict_of(data, keys)
        assert verdict.faults == []
        assert (
            "those keys are the ones that you gave, or follow from them by the rotations that the log has sealed"
            in verdict.proved
        )


def test_a_rotation_that_is_not_shown_or_none_is_found() -> None:
    """Its statement is withheld; it is of another kind of record."""
    _, new, rows = rotated()
    verdict = verdict_of(bundle(new, key_history=[new.proven(3)]), new.keys)
    assert ("rotation-missing", "record 3 shows no rotation") in [
        (fault.code, fault.what) for fault in verdict.faults
    ]
    other = BundledLog([replace(row, kind="event") for row in rows], seed=b"n")
    verdict = verdict_of(bundle(other, key_history=[other.proven(3, "raw")]), other.keys)
    assert "rotation-missing" in codes(verdict)


@pytest.mark.parametrize("name", ["key_history", "erasures"])
def test_records_from_elsewhere_have_to_be_in_the_log(name: str) -> None:
    """Their parts make the body of their entry, and their entry is where they say."""
    _, new, rows = rotated()
    proven = new.proven(3, "raw")
    assert verdict_of(bundle(new, **{name: [proven]}), new.keys).faults == []
    moved = proven._replace(record=proven.record._replace(at=2))
    verdict = verdict_of(bundle(new, **{name: [moved]}), new.keys)
    assert codes(verdict) & {"verification", "rotation-chain"}
    strange = BundledLog([replace(row, detail=b"{}") for row in rows], seed=b"n").proven(3, "raw")
    assert codes(verdict_of(bundle(new, **{name: [strange]}), new.keys)) == {"verification"}
    other = proven._replace(record=proven.record._replace(parts=new.proven(4, "detail").record.parts))
    assert codes(verdict_of(bundle(new, erasures=[other]), new.keys)) == {"body-differs"}


def test_all_parts_of_a_record_from_elsewhere_may_be_shown() -> None:
    """What the manifest discloses bounds the rows of the period alone."""
    log = BundledLog(ROWS)
    data = bundle(
        log, disclosed=("facts",), erasures=[log.proven(3, "actor", "detail", "facts", "raw", "target")]
    )
    assert verdict_of(data, log.keys).faults == []


# Members


def test_members_that_are_not_listed_are_found() -> None:
    """Added to the archive, or named by the manifest alone."""
    forger = Forger(bundle())
    forger.mended()
    forger.members["end.tsr"] = b"x"
    assert ("members-differ", "the manifest and the archive differ in the members end.tsr") in [
        (fault.code, fault.what) for fault in verdict_of(forger.plain(), LOG.keys).faults
    ]
    forger = Forger(bundle())
    forger.mended()
    manifest = forger.manifest
    manifest["members"] |= {
        "b.txt": manifest["members"]["policy.txt"],
        "a.txt": manifest["members"]["policy.txt"],
    }
    forger.manifest = manifest
    assert "the manifest and the archive differ in the members a.txt, b.txt" in [
        fault.what for fault in verdict_of(forger.plain(), LOG.keys).faults
    ]


@pytest.mark.parametrize("stated", [{"size": 1}, {"sha256": "00" * 32}])
def test_a_member_of_another_digest_or_size_is_found(stated: dict[str, object]) -> None:
    """Either by itself."""
    forger = Forger(bundle())
    manifest = forger.manifest
    manifest["members"]["report.html"] |= stated
    forger.manifest = manifest
    assert ("member-differs", "report.html is not the member that the manifest lists") in [
        (fault.code, fault.what) for fault in verdict_of(forger.plain(), LOG.keys).faults
    ]


def test_a_table_that_says_something_else_is_found() -> None:
    """It is what people read."""
    forger = Forger(bundle())
    forger.members["records.csv"] = forger.members["records.csv"].replace(b"user 5", b"user 6")
    assert [(fault.code, fault.what) for fault in signed(forger).faults] == [
        ("table-differs", "records.csv is not what the disclosed parts say")
    ]


@pytest.mark.parametrize("name", ["counts", "kinds", "mappers", "occurred", "received", "sources"])
def test_each_statement_about_the_records_is_counted_again(name: str) -> None:
    """By name, and all the others still hold."""
    forger = Forger(bundle())
    manifest = forger.manifest
    manifest[name] = {**manifest[name], "more": 1} if name == "counts" else {"more": 1}
    forger.manifest = manifest
    verdict = signed(forger)
    assert codes(verdict) == {f"{name}-differ"}
    assert verdict.summary["counts"] == {"entries": 8, "in_period": 6, "matching": 6}


def test_a_fault_is_no_novel() -> None:
    """Whatever a manifest is made to say, 500 characters of it are told."""
    forger = Forger(bundle())
    manifest = forger.manifest
    manifest["kinds"] = {"x" * 1000: 1}
    manifest["members"] |= {f"{at}.txt": manifest["members"]["policy.txt"] for at in range(200)}
    forger.manifest = manifest
    told = {fault.code: fault.what for fault in verdict_of(forger.plain(), LOG.keys).faults}
    assert (len(told["kinds-differ"]), len(told["members-differ"])) == (500, 500)


def test_entries_that_do_not_lead_to_the_root_are_found() -> None:
    """Although they are well-formed and their records fit them."""
    other = BundledLog([Row(index=at, raw=b"other") for at in range(20)])
    forger = Forger(bundle(other))
    ours = Forger(bundle())
    for name in ("end.note", "boundary.txt"):
        forger.members[name] = ours.members[name]
    assert [(fault.code, fault.what) for fault in signed(forger).faults] == [
        ("root-differs", "entries 4 up to 12 and the boundary do not lead to the signed root")
    ]


# The verifier inside


def with_tool(tool: str, digest: str) -> Verdict:
    """What a program of this name says that knows this verifier."""
    trust = parse_trust(keys=LOG.keys, policy=None, roots=None, tool=tool, verifier_sha256=digest)
    return verdict_of(bundle(), trust=trust)


def test_the_verifier_inside_has_to_be_the_published_one() -> None:
    """As far as the verifying program is of the same version; whoever knows none says nothing."""
    ours, other = sha256(VERIFIER).hexdigest(), "00" * 32
    unknown = f"that verify.py is the published one of {TOOL}: this is affidavit 9"
    for verdict in (with_tool(TOOL, ours), with_tool(TOOL, ""), with_tool("affidavit 9", "")):
        assert (verdict.faults, unknown in verdict.unproved) == ([], False)
    for digest in (ours, other):
        verdict = with_tool("affidavit 9", digest)
        assert (verdict.faults, unknown in verdict.unproved) == ([], True)
    verdict = with_tool(TOOL, other)
    assert [(fault.code, fault.what) for fault in verdict.faults] == [
        ("verifier-replaced", f"verify.py is not the verifier that was published with {TOOL}")
    ]
    assert unknown not in verdict.unproved


def test_a_manifest_without_the_verifier_is_no_proof_of_it() -> None:
    """That it is not listed is a fault by itself."""
    forger = Forger(bundle())
    manifest = forger.manifest
    del manifest["members"]["verify.py"]
    forger.manifest = manifest
    trust = parse_trust(keys=LOG.keys, policy=None, roots=None, tool=TOOL, verifier_sha256="00" * 32)
    found = codes(verdict_of(forger.plain(), trust=trust))
    assert "members-differ" in found
    assert "verifier-replaced" not in found
