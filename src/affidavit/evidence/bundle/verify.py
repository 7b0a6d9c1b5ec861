"""Verifying a bundle offline: from the archive's bytes to what is proven and what is not (docs/spec/bundle.md).

Standard library and `cryptography` only: the standalone verifier is this file and what it imports.
"""

from __future__ import annotations

from hashlib import file_digest, sha256
from typing import TYPE_CHECKING

from affidavit.core.clock import isoformat
from affidavit.core.errors import AffidavitError, BundleError, VerificationError
from affidavit.evidence.bundle.stream import Walked, check_record, walk
from affidavit.evidence.bundle.trust import LogKeys, Trust, cosigners
from affidavit.evidence.bundle.verdict import Verdict
from affidavit.formats.bundle import members
from affidavit.formats.bundle.archive import Archive
from affidavit.formats.bundle.manifest import FORMAT, STATED, Manifest, parse_manifest
from affidavit.formats.bundle.proven import decode_proven
from affidavit.formats.bundle.records import RAW, Shown
from affidavit.formats.bundle.span import root_around
from affidavit.formats.record.entry import parse_entry
from affidavit.formats.record.seal import NAMES, leaf_hash
from affidavit.formats.rfc3161.token import parse_token
from affidavit.formats.rfc3161.verify import verify_token
from affidavit.formats.tlog.merkle import verify_consistency, verify_inclusion
from affidavit.formats.tlog.policy import NONE, Policy
from affidavit.formats.tlog.text import decode_base64

if TYPE_CHECKING:
    from io import BufferedReader, BytesIO

    from affidavit.formats.tlog.checkpoint import Checkpoint, OpenedCheckpoint


def verify_bundle(file: BufferedReader | BytesIO, trust: Trust) -> Verdict:
    """Everything about the bundle in `file`, which can seek; faults are in the verdict, nothing is raised."""
    verdict = Verdict()
    with verdict.step():
        verdict.sha256 = _digest(file)
        archive = Archive(file)
        manifest = parse_manifest(archive.read(members.MANIFEST))
        _Verification(archive, manifest, trust, verdict).run()
    return verdict


def _digest(file: BufferedReader | BytesIO) -> str:
    try:
        file.seek(0)
        return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"the bundle cannot be read: {error}", code="bundle-archive") from error


class _Verification:
    """One bundle, one verdict; each step is a method."""

    def __init__(self, archive: Archive, manifest: Manifest, trust: Trust, verdict: Verdict) -> None:
        self._archive = archive
        self._manifest = manifest
        self._trust = trust
        self._verdict = verdict
        self._policy = Policy((), (), (), NONE)

    def run(self) -> None:
        """Every step; one that needs what an earlier one did not get is left out."""
        verdict, manifest = self._verdict, self._manifest
        verdict.summary = {
            "origin": manifest.origin, "first": manifest.first, "end": manifest.end, "tool": manifest.tool,
            "created": isoformat(manifest.created_us), "query": manifest.query,
            "disclosed": list(manifest.disclosed),
        }  # fmt: skip
        keys = end = None
        with verdict.step():
            self._policy = Policy.parse(self._archive.read(members.POLICY))
            keys = LogKeys(manifest.origin, self._policy, self._trust, self._statements())
        if keys is not None:
            with verdict.step():
                self._check_signature(keys)
            with verdict.step():
                end = self._open_end(keys)
            if end is not None:
                with verdict.step():
                    self._check_start(keys, end)
        with verdict.step():
            self._check_records(end)
        if end is not None:
            for name in (members.KEY_HISTORY, members.ERASURES):
                with verdict.step():
                    self._check_proven(name, end)
        with verdict.step():
            self._check_members()
        self._check_verifier()
        self._tell_limits()

    def _statements(self) -> list[tuple[int, bytes]]:
        """The rotations of the log's keys; that they are in the log is checked once its root is known."""
        found = []
        for proven in decode_proven(self._archive.read(members.KEY_HISTORY)):
            raw = proven.record.parts[RAW]
            if not isinstance(raw, Shown) or parse_entry(proven.entry).kind != "key":
                raise VerificationError(
                    f"record {proven.record.at} shows no rotation", code="rotation-missing"
                )
            found.append((proven.record.at, raw.data))
        return found

    def _check_signature(self, keys: LogKeys) -> None:
        """The note that signs the manifest names it and its number of rows."""
        note = self._archive.read(members.MANIFEST_NOTE)
        signed = keys.open_manifest_note(note, FORMAT).checkpoint
        digest = sha256(self._archive.read(members.MANIFEST)).digest()
        if signed.root != digest:
            raise VerificationError("the manifest is not the one that was signed", code="manifest-differs")
        if signed.size != self._manifest.stated["counts"]["matching"]:
            raise VerificationError("another number of rows was signed", code="manifest-differs")
        who = f"{self._manifest.asked_by} ({self._manifest.asked_token})"
        self._verdict.proved.append(
            f"the manifest is signed by the log's keys: {who} asked on {isoformat(self._manifest.created_us)}"
        )

    def _open_end(self, keys: LogKeys) -> Checkpoint:
        note = self._archive.read(members.END_NOTE)
        opened = keys.open(note)
        end = opened.checkpoint
        if end.size != self._manifest.end_size:
            raise VerificationError(
                f"the end checkpoint has {end.size} entries and not {self._manifest.end_size}",
                code="checkpoint-differs",
            )
        self._verdict.summary |= {"size": end.size, "root": end.root.hex()}
        self._verdict.proved.append(f"the log's keys signed its state of {end.size} entries")
        if keys.pinned:
            followed = (
                ", or follow from them by the rotations that the log has sealed" if keys.rotations else ""
            )
            self._verdict.proved.append(f"those keys are the ones that you gave{followed}")
        else:
            self._verdict.unproved.append(
                "WHO signed: the keys come from the bundle itself; give those that you got elsewhere (--key, --policy)"
            )
        self._check_witnesses(opened)
        self._check_token(members.END_TOKEN, note, "end")
        return end

    def _check_witnesses(self, opened: OpenedCheckpoint) -> None:
        """The reader's policy must be met; the bundle's own says only what it says."""
        given = self._trust.policy
        policy = self._policy if given is None else given
        found = cosigners(opened, policy.witnesses)
        told = ", ".join(
            f"{name} at {isoformat(time_s * 1_000_000)}" for name, time_s in sorted(found.items())
        )
        met = policy.met_by(found.keys())
        if given is not None and not met:
            raise VerificationError(
                f"the end checkpoint is cosigned by {told or 'nobody'}, which is not the quorum of your policy",
                code="quorum",
            )
        if not found:
            self._verdict.unproved.append(
                "that others saw the same log: no witness cosigned the end checkpoint, so its operator could show "
                "another log to somebody else"
            )
        elif given is None:
            self._verdict.unproved.append(
                f"that the witnesses ({told}) are independent: they are named by the bundle itself (--policy)"
            )
        else:
            self._verdict.proved.append(f"witnesses of your policy saw this state: {told}")
        if given is None and policy.quorum != NONE and not met:
            self._verdict.unproved.append("the quorum of the bundle's own policy: too few witnesses cosigned")

    def _check_token(self, name: str, note: bytes, which: str) -> None:
        if name not in self._archive.names:
            self._verdict.unproved.append(
                f"when the {which} checkpoint was made, other than by the log's own clock: no timestamp is kept"
            )
            return
        token = self._archive.read(name)
        digest = sha256(note).digest()
        try:
            stamp = verify_token(token, digest, roots=self._trust.roots or ())
        except VerificationError as error:
            if error.code != "token-untrusted" or self._trust.roots is not None:
                raise
            said = isoformat(parse_token(token).info.time_us)
            self._verdict.unproved.append(
                f"that the {which} checkpoint existed at {said}, as its timestamp says: name the authority (--roots)"
            )
            return
        self._verdict.proved.append(
            f"the {which} checkpoint existed at {isoformat(stamp.time_us)}: {stamp.tsa} vouches for it"
        )

    def _check_start(self, keys: LogKeys, end: Checkpoint) -> None:
        hashes = self._hashes(members.CONSISTENCY)
        size = self._manifest.start_size
        if size is None:
            if (
                hashes
                or members.START_NOTE in self._archive.names
                or members.START_TOKEN in self._archive.names
            ):
                raise VerificationError("the manifest names no start checkpoint", code="checkpoint-differs")
            return
        note = self._archive.read(members.START_NOTE)
        start = keys.open(note).checkpoint
        if start.size != size or size > self._manifest.first:
            raise VerificationError(
                f"the start checkpoint has {start.size} entries; {size} are stated, and the range begins at "
                f"{self._manifest.first}",
                code="checkpoint-differs",
            )
        self._check_token(members.START_TOKEN, note, "start")
        verify_consistency(size, size2=end.size, root1=start.root, root2=end.root, proof=hashes)
        self._verdict.proved.append(
            f"the log only grew from its state of {size} entries to that of {end.size}"
        )

    def _check_records(self, end: Checkpoint | None) -> None:
        manifest, verdict = self._manifest, self._verdict
        walked = walk(self._archive, manifest)
        self._check_stated(walked)
        if walked.table.hexdigest() != self._archive.digest(members.TABLE):
            raise VerificationError(
                f"{members.TABLE} is not what the disclosed parts say", code="table-differs"
            )
        if end is None:
            return
        root = root_around(
            manifest.first, walked.leaves, self._hashes(members.BOUNDARY), size=manifest.end_size
        )
        if root != end.root:
            raise VerificationError(
                f"entries {manifest.first} up to {manifest.end} and the boundary do not lead to the signed root",
                code="root-differs",
            )
        verdict.proved.append(
            f"entries {manifest.first} up to {manifest.end} are all of the log's in that range, unchanged and in order"
        )
        verdict.proved.append("of each source no entry is missing in the range: its numbers have no hole")
        rows = walked.tally.matching
        verdict.proved.append(
            f"the disclosed parts of {rows} records are what was sealed, and the others are withheld"
        )
        if not manifest.query.strip():
            verdict.proved.append(f"these {rows} are all records that were received in the period")

    def _check_stated(self, walked: Walked) -> None:
        """What the manifest says of the records is what they say themselves."""
        counted = walked.tally.stated()
        self._verdict.summary |= {
            name: counted[name] for name in ("counts", "received", "occurred", "sources")
        }
        for name in STATED:
            if self._manifest.stated[name] != counted[name]:
                self._verdict.fault(
                    f"{name}-differ",
                    f"the manifest states {name} {self._manifest.stated[name]!r}, counted are {counted[name]!r}"[
                        :500
                    ],
                )

    def _check_proven(self, name: str, end: Checkpoint) -> None:
        for proven in decode_proven(self._archive.read(name)):
            entry = parse_entry(proven.entry)
            check_record(proven.record, entry, NAMES)
            verify_inclusion(
                proven.record.at,
                size=end.size,
                leaf_hash=leaf_hash(proven.entry),
                proof=proven.proof,
                root=end.root,
            )

    def _check_members(self) -> None:
        """Every member is the one whose digest was signed; these are read now, as far as they were not before."""
        listed = self._manifest.members
        there = set(self._archive.names) - members.UNLISTED
        if there != listed.keys():
            names = ", ".join(sorted(there ^ listed.keys()))
            self._verdict.fault(
                "members-differ", f"the manifest and the archive differ in the members {names}"[:500]
            )
        for name in sorted(there & listed.keys()):
            with self._verdict.step():
                if (self._archive.digest(name), self._archive.size(name)) != listed[name]:
                    raise VerificationError(
                        f"{name} is not the member that the manifest lists", code="member-differs"
                    )

    def _check_verifier(self) -> None:
        """The verifier inside is the published one, as far as this program knows which that is."""
        listed = self._manifest.members.get(members.VERIFIER)
        if listed is None or not self._trust.verifier_sha256:
            return
        if self._manifest.tool != self._trust.tool:
            self._verdict.unproved.append(
                f"that verify.py is the published one of {self._manifest.tool}: this is {self._trust.tool}"
            )
        elif listed[0] != self._trust.verifier_sha256:
            self._verdict.fault(
                "verifier-replaced",
                f"verify.py is not the verifier that was published with {self._trust.tool}",
            )

    def _tell_limits(self) -> None:
        verdict, manifest = self._verdict, self._manifest
        if manifest.query.strip():
            verdict.unproved.append(
                "that every record which matches the query is disclosed: the entries of the others are there, "
                "their content is not"
            )
        withheld = [name for name in NAMES if name not in manifest.disclosed]
        if withheld:
            verdict.unproved.append(f"what the withheld parts say: {', '.join(withheld)}")
        verdict.unproved.append(
            f"what {members.REPORT} says: it is signed and was not computed again; {members.TABLE} was"
        )
        verdict.unproved.append(
            "that the sources told the truth, or everything, and that the log's clock was right (see VERIFY.md)"
        )

    def _hashes(self, name: str) -> list[bytes]:
        try:
            *spelt, rest = self._archive.read(name).decode("ascii").split("\n")
            hashes = [decode_base64(text, what=f"a hash of {name}") for text in spelt]
        except (UnicodeDecodeError, AffidavitError) as error:
            raise BundleError(f"{name} does not hold hashes: {error}", code="hashes-format") from error
        if rest:
            raise BundleError(f"the last line of {name} does not end", code="hashes-format")
        return hashes
