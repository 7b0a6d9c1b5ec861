"""Evidence bundles, made of a real data directory: a clean one verifies, and every attack on one is found."""

from __future__ import annotations

import base64
import io
import json
import random
import zipfile
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tests.running.events import okta_event, okta_lines
from tests.running.in_process import api_in_process
from tests.simulators.forger import Forger

from affidavit.assembly.directory import open_directory
from affidavit.assembly.evidence import BundleMaker
from affidavit.core.ids import DEFAULT_TENANT
from affidavit.evidence.bundle.create import Question
from affidavit.evidence.bundle.report import shown as shown_text
from affidavit.evidence.bundle.trusting import read_trust
from affidavit.evidence.bundle.verify import verify_bundle
from affidavit.formats.record.seal import NAMES
from affidavit.keys.keyring import Keyring
from affidavit.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from affidavit.evidence.bundle.verdict import Verdict

HOSTILE = "<script>alert(1)</script>"


class Case(NamedTuple):
    """A directory with records of two sources, and what makes bundles of it."""

    maker: BundleMaker
    keyring: Keyring
    keys: tuple[str, ...]
    moments: list[int]
    """A time of receipt before the first batch, between any two, and behind the last."""

    def bundle(
        self, query: str = "", *, since: int | None = None, until: int | None = None, **more: Any
    ) -> bytes:
        """The bundle of a question; `disclosed` is everything unless it is given."""
        asked = Question(
            query=query,
            since=None,
            until=None,
            since_us=since,
            until_us=until,
            disclosed=more.get("disclosed", NAMES),
            asked_by="auditor",
            asked_token="0123456789abcdef",
        )
        return self.maker.make(asked).data

    def verdict(self, bundle: bytes, *, pinned: bool = True) -> Verdict:
        """What verification says, the reader having the log's keys."""
        trust = read_trust(keys=self.keys if pinned else (), policy=None, roots=None)
        return verify_bundle(io.BytesIO(bundle), trust)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """Four batches, the second of another source, the third from a hostile actor."""
    path: Path = tmp_path_factory.mktemp("bundle") / "data"
    with api_in_process(path) as api:
        api.declare("okta-prod")
        api.declare("okta-test")
        moments = [api.services.clock.now_us()]
        for source, body in (
            ("okta-prod", okta_lines(20)),
            ("okta-test", okta_lines(5)),
            ("okta-prod", okta_lines(4, HOSTILE) + json.dumps(okta_event("=2+3")).encode() + b"\n"),
            ("okta-prod", okta_lines(30)),
        ):
            api.sent(source, body)
            moments.append(api.services.clock.now_us())
    directory = open_directory(path)
    keyring = directory.keyring(DEFAULT_TENANT)
    maker = BundleMaker(directory, DEFAULT_TENANT)
    yield Case(maker, keyring, keyring.verifier_keys, moments)
    maker.close()
    directory.database.close()


@pytest.fixture(scope="module")
def clean(case: Case) -> bytes:
    """The bundle of the second and third batch: entries 19 to 30, records 20 to 29."""
    return case.bundle(since=case.moments[1], until=case.moments[3])


def codes(verdict: Verdict) -> set[str]:
    """The codes of the faults."""
    return {fault.code for fault in verdict.faults}


@pytest.mark.parametrize(
    ("query", "disclosed", "rows"),
    [
        ("", NAMES, 10),
        ("", ("facts",), 10),
        ("", (), 10),
        ("source:okta-test", ("actor", "facts"), 5),
        ("actor:nobody@nowhere.example", NAMES, 0),
    ],
)
def test_a_clean_bundle_verifies(case: Case, query: str, disclosed: tuple[str, ...], rows: int) -> None:
    """Whatever is asked and whatever is withheld, also where nothing matches or nothing is disclosed."""
    bundle = case.bundle(query, since=case.moments[1], until=case.moments[3], disclosed=disclosed)
    verdict = case.verdict(bundle)
    assert verdict.faults == []
    assert verdict.summary["counts"] == {"entries": 12, "in_period": 10, "matching": rows}
    assert (verdict.summary["first"], verdict.summary["end"]) == (19, 31)


def test_a_period_without_records_is_shown_by_its_neighbours(case: Case) -> None:
    """That nothing was received is shown by the entries before and behind."""
    moment = case.moments[2]
    verdict = case.verdict(case.bundle(since=moment, until=moment))
    assert verdict.faults == []
    assert verdict.summary["counts"] == {"entries": 2, "in_period": 0, "matching": 0}


@pytest.mark.parametrize(("since", "until"), [(None, None), (0, None), (None, 1), (4, None), (0, 0)])
def test_open_and_empty_periods_verify(case: Case, since: int | None, until: int | None) -> None:
    """From the beginning of the log, to its end, before its first record and behind its last."""
    first, last = (None if at is None else case.moments[at] for at in (since, until))
    assert case.verdict(case.bundle(since=first, until=last)).faults == []


def test_what_is_not_proven_is_said(case: Case, clean: bytes) -> None:
    """Without keys of the reader's, without witnesses and without timestamps the verdict says so."""
    told = " ".join(case.verdict(clean, pinned=False).unproved)
    assert "WHO signed" in told
    assert "no witness cosigned" in told
    assert "no timestamp is kept" in told
    assert "WHO signed" not in " ".join(case.verdict(clean).unproved)


def test_nothing_withheld_is_in_the_bundle(case: Case) -> None:
    """A withheld part, or its salt, stands nowhere: not in a member, not in the table, not in the report."""
    bundle = case.bundle(since=case.moments[2], until=case.moments[3], disclosed=("facts",))
    for name, data in Forger(bundle).members.items():
        assert HOSTILE.encode() not in data, name
        assert b"203.0.113.24" not in data, name


def test_any_zip_reader_opens_it(clean: bytes) -> None:
    """The archive is an ordinary one."""
    with zipfile.ZipFile(io.BytesIO(clean)) as archive:
        assert archive.testzip() is None
        assert set(json.loads(archive.read("manifest.json"))["members"]) < set(archive.namelist())


def test_formulas_do_not_reach_a_spreadsheet(clean: bytes) -> None:
    """A cell that would be taken for a formula is text in records.csv."""
    table = Forger(clean).members["records.csv"]
    assert b",'=2+3," in table
    assert b",=2+3" not in table


class _Page(HTMLParser):
    """Every element and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_loads_and_runs_nothing(clean: bytes) -> None:
    """Hostile text is text; there is no script, no reference, no handler, and a policy that would forbid them."""
    data = Forger(clean).members["report.html"].decode()
    page = _Page()
    page.feed(data)
    assert HOSTILE in page.text
    assert not page.tags & {"script", "img", "iframe", "link", "object", "a", "form", "base"}
    assert not page.attributes.keys() & {"src", "href", "action", "style", "srcset"}
    assert not [name for name in page.attributes if name.startswith("on")]
    style = data.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(sha256(style.encode()).digest()).decode()
    assert (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        in page.attributes["content"]
    )
    assert "url(" not in style
    assert "@import" not in style


def test_the_report_makes_the_unseen_visible() -> None:
    """Characters that reorder text or cannot be seen are spelt out, and nothing is endless."""
    shown = shown_text("a\u202eb\u200bc\x07" + "x" * 10_000)
    assert shown.startswith("a\\u{202e}b\\u{200b}c\\u{7}xxx")
    assert len(shown) < 400


Attack = tuple[str, "Callable[[Forger], None]"]
ATTACKS: dict[str, Attack] = {}


def attack(name: str, code: str) -> Callable[[Callable[[Forger], None]], Callable[[Forger], None]]:
    """Enter an attack into the catalogue, with what it is found as where the forger has the log's keys."""

    def enter(function: Callable[[Forger], None]) -> Callable[[Forger], None]:
        ATTACKS[name] = (code, function)
        return function

    return enter


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    """`data` with the first `old` replaced; the attack must change something."""
    assert old in data
    return data.replace(old, new, 1)


@attack("row-dropped", "row-dropped")
def _(forger: Forger) -> None:
    forger.set_records(forger.records()[:-1])


@attack("row-dropped-and-count-changed", "row-dropped")
def _(forger: Forger) -> None:
    forger.set_records(forger.records()[1:])
    manifest = forger.manifest
    manifest["counts"]["matching"] -= 1
    forger.manifest = manifest


@attack("row-outside-the-period", "row-outside")
def _(forger: Forger) -> None:
    records = forger.records()
    forger.set_records([b"19" + records[0][2:], *records])


@attack("row-inserted", "row-order")
def _(forger: Forger) -> None:
    records = forger.records()
    forger.set_records([*records, b"99" + records[0][2:]])


@attack("row-doubled", "row-order")
def _(forger: Forger) -> None:
    records = forger.records()
    forger.set_records([records[0], *records[:1], *records[1:]])


@attack("rows-reordered", "row-dropped")
def _(forger: Forger) -> None:
    forger.set_records(forger.records()[::-1])


@attack("value-edited", "body-differs")
def _(forger: Forger) -> None:
    forger.members["records.bin"] = changed(forger.members["records.bin"], b"Amelia Ortiz", b"Amelia Oxtiz")


@attack("salt-edited", "body-differs")
def _(forger: Forger) -> None:
    first, *rest = forger.records()
    fields = first.split(b" ")
    fields[1] = (b"0" if fields[1][:1] != b"0" else b"1") + fields[1][1:]
    forger.set_records([b" ".join(fields), *rest])


@attack("parts-of-two-records-swapped", "body-differs")
def _(forger: Forger) -> None:
    first, second, *rest = forger.records()
    one, two = first.partition(b" ")[2], second.partition(b" ")[2]
    forger.set_records([b"20 " + two, b"21 " + one, *rest])


@attack("byte-moved-to-the-next-part", "body-differs")
def _(forger: Forger) -> None:
    first, *rest = forger.records()
    head, _, body = first.partition(b"\n")
    fields = head.split(b" ")
    lengths = [int(field.partition(b"+")[2]) for field in fields[1:]]
    fields[1] = fields[1].replace(b"+%d" % lengths[0], b"+%d" % (lengths[0] + 1))
    fields[2] = fields[2].replace(b"+%d" % lengths[1], b"+%d" % (lengths[1] - 1))
    forger.set_records([b" ".join(fields) + b"\n" + body, *rest])


@attack("entry-edited", "root-differs")
def _(forger: Forger) -> None:
    lines = forger.lines("entries.ndjson")
    lines[0] = changed(lines[0], b'"kind":"event"', b'"kind":"finding"')
    forger.members["entries.ndjson"] = b"".join(lines)


@attack("entry-dropped", "seq-hole")
def _(forger: Forger) -> None:
    lines = forger.lines("entries.ndjson")
    forger.members["entries.ndjson"] = b"".join(lines[:2] + lines[3:])


@attack("last-entry-dropped", "entry-dropped")
def _(forger: Forger) -> None:
    forger.members["entries.ndjson"] = b"".join(forger.lines("entries.ndjson")[:-1])


@attack("entry-inserted", "entry-inserted")
def _(forger: Forger) -> None:
    lines = forger.lines("entries.ndjson")
    seq = json.loads(lines[-1])["seq"]
    more = changed(lines[-1], b'"seq":%d' % seq, b'"seq":%d' % (seq + 1))
    forger.members["entries.ndjson"] = b"".join([*lines, more])


@attack("entry-doubled", "seq-hole")
def _(forger: Forger) -> None:
    lines = forger.lines("entries.ndjson")
    forger.members["entries.ndjson"] = b"".join([lines[0], *lines[:-1]])


@attack("entries-reordered", "body-differs")
def _(forger: Forger) -> None:
    lines = forger.lines("entries.ndjson")
    lines[1], lines[2] = lines[2], lines[1]
    forger.members["entries.ndjson"] = b"".join(lines)


@attack("entry-respelled", "entry-format")
def _(forger: Forger) -> None:
    forger.members["entries.ndjson"] = changed(forger.members["entries.ndjson"], b'"v":1}', b'"v": 1}')


@attack("range-cut-at-its-end", "period-open")
def _(forger: Forger) -> None:
    manifest = forger.manifest
    manifest["entries"]["end"] -= 1
    forger.manifest = manifest
    forger.members["entries.ndjson"] = b"".join(forger.lines("entries.ndjson")[:-1])


@attack("range-cut-at-its-beginning", "period-open")
def _(forger: Forger) -> None:
    manifest = forger.manifest
    manifest["entries"]["first"] += 1
    forger.manifest = manifest
    forger.members["entries.ndjson"] = b"".join(forger.lines("entries.ndjson")[1:])


@attack("row-count-changed", "counts-differ")
def _(forger: Forger) -> None:
    manifest = forger.manifest
    manifest["counts"]["matching"] += 1
    forger.manifest = manifest


@attack("least-time-changed", "received-differ")
def _(forger: Forger) -> None:
    manifest = forger.manifest
    manifest["received"]["min"] = "2026-01-01T00:00:00.000000Z"
    forger.manifest = manifest


@attack("greatest-event-time-changed", "occurred-differ")
def _(forger: Forger) -> None:
    manifest = forger.manifest
    manifest["occurred"]["max"] = "2026-12-31T00:00:00.000000Z"
    forger.manifest = manifest


@attack("mapper-version-faked", "mappers-differ")
def _(forger: Forger) -> None:
    manifest = forger.manifest
    manifest["mappers"] = {"okta.system_log/9": 12}
    forger.manifest = manifest


@attack("source-dropped-from-coverage", "sources-differ")
def _(forger: Forger) -> None:
    manifest = forger.manifest
    manifest["sources"].pop()
    forger.manifest = manifest


@attack("period-widened-afterwards", "period-open")
def _(forger: Forger) -> None:
    manifest = forger.manifest
    manifest["question"]["since"] = "2020-01-01T00:00:00.000000Z"
    forger.manifest = manifest


@attack("withheld-list-changed", "disclosure-differs")
def _(forger: Forger) -> None:
    manifest = forger.manifest
    manifest["disclosed"].remove("raw")
    forger.manifest = manifest


@attack("boundary-hash-changed", "root-differs")
def _(forger: Forger) -> None:
    lines = forger.lines("boundary.txt")
    forger.members["boundary.txt"] = b"".join([*lines[1:], lines[0]])


@attack("boundary-hash-dropped", "log-format")
def _(forger: Forger) -> None:
    forger.members["boundary.txt"] = b"".join(forger.lines("boundary.txt")[1:])


@attack("table-edited", "table-differs")
def _(forger: Forger) -> None:
    forger.members["records.csv"] = changed(forger.members["records.csv"], b"success", b"failure")


@attack("checkpoint-edited", "note-bad-signature")
def _(forger: Forger) -> None:
    note = forger.members["end.note"]
    forger.members["end.note"] = changed(note, b"\n60\n", b"\n61\n")


@attack("stronger-signature-stripped", "note-unsigned")
def _(forger: Forger) -> None:
    forger.members["end.note"] = b"".join(forger.lines("end.note")[:-1])


@attack("keys-removed-from-the-policy", "key-other")
def _(forger: Forger) -> None:
    forger.members["policy.txt"] = b"".join(forger.lines("policy.txt")[1:])


@attack("verifier-replaced", "verifier-replaced")
def _(forger: Forger) -> None:
    forger.members["verify.py"] = b"print('VERIFIED')\n"


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_found(case: Case, clean: bytes, name: str) -> None:
    """Made without keys, with the digests mended, and even signed with the log's own keys: each has its reason."""
    code, change = ATTACKS[name]
    forger = Forger(clean)
    change(forger)
    assert codes(case.verdict(forger.plain()))
    assert codes(case.verdict(forger.mended())) & {"manifest-differs", "key-other"}
    assert code in codes(case.verdict(forger.signed(case.keyring)))


def test_a_checkpoint_of_another_moment_does_not_fit(case: Case, clean: bytes) -> None:
    """The end checkpoint is exchanged for another of the same log."""
    forger = Forger(clean)
    forger.members["start.note"] = forger.members["end.note"]
    assert {"members-differ", "checkpoint-differs"} <= codes(case.verdict(forger.plain()))


def test_a_log_made_up_from_nothing_is_found_by_the_reader_key(case: Case, clean: bytes) -> None:
    """Its own keys do not help against a reader who has the log's."""
    forger = Forger(clean)
    other = Keyring.create(MemoryStore(), case.keyring.origin)
    forger.members["policy.txt"] = (
        "".join(f"log {key}\n" for key in other.verifier_keys).encode() + b"quorum none\n"
    )
    verdict = case.verdict(forger.signed(other))
    assert "key-other" in codes(verdict)


def test_a_flipped_byte_in_any_member_is_found(case: Case, clean: bytes) -> None:
    """One byte of each member, one member at a time, with the archive's own checksums mended."""
    draw = random.Random(7)
    for name, data in Forger(clean).members.items():
        for at in {0, len(data) - 1, draw.randrange(len(data))} if data else ():
            forger = Forger(clean)
            forger.members[name] = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            assert codes(case.verdict(forger.plain())), (name, at)


def test_a_missing_member_is_found(case: Case, clean: bytes) -> None:
    """Whichever it is."""
    for name in Forger(clean).members:
        forger = Forger(clean)
        del forger.members[name]
        assert codes(case.verdict(forger.plain())) & {"member-missing", "members-differ"}, name


def test_a_bundle_cut_off_anywhere_is_found(case: Case, clean: bytes) -> None:
    """A truncated file is no bundle, at whatever length."""
    draw = random.Random(8)
    for length in [0, 1, 21, 22, *(draw.randrange(len(clean)) for _ in range(60)), len(clean) - 1]:
        assert codes(case.verdict(clean[:length])) == {"bundle-archive"}


def test_garbage_is_refused_by_name(case: Case, clean: bytes) -> None:
    """Whatever the bytes are, the verdict names a fault of ours or, where they change nothing that is read, none."""
    draw = random.Random(9)
    for _ in range(300):
        data = bytearray(clean)
        for _ in range(draw.randrange(1, 8)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        for fault in case.verdict(bytes(data)).faults:
            assert fault.code
            assert fault.code != "error"


def written(*items: tuple[str, bytes], clean: bytes, comment: bytes = b"") -> bytes:
    """The bundle with further members, as any ZIP program would write them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in [*Forger(clean).members.items(), *items]:
            archive.writestr(zipfile.ZipInfo(name), data)
        archive.comment = comment
    return file.getvalue()


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "manifest.json/x", "C:\\x", "extra.txt", "x/"]
)
def test_names_that_lead_elsewhere_are_refused(case: Case, clean: bytes, name: str) -> None:
    """Only the members of the format are there, whatever an unpacking program would do with others."""
    assert codes(case.verdict(written((name, b"x"), clean=clean))) == {"member-unknown"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_twice_is_refused(case: Case, clean: bytes) -> None:
    """Two members of one name would be two bundles in one."""
    assert codes(case.verdict(written(("manifest.json", b"{}"), clean=clean))) == {"member-twice"}


def test_bytes_that_no_member_holds_are_refused(case: Case, clean: bytes) -> None:
    """Nothing is hidden before, between or behind the members."""
    assert case.verdict(written(clean=clean)).faults == []
    for other in (b"x" + clean, clean + b"x", written(clean=clean, comment=b"hidden")):
        assert codes(case.verdict(other)) == {"bundle-archive"}


def test_a_zip_bomb_is_not_unpacked(case: Case, clean: bytes) -> None:
    """A member that would unpack to more than it may have is refused unread; one that lies about it, as it is read."""
    forger = Forger(clean)
    forger.members["end.note"] = bytes(8 << 20)
    bomb = forger.plain()
    assert codes(case.verdict(bomb)) == {"member-size"}
    lying = bomb.replace((8 << 20).to_bytes(4, "little"), (1 << 10).to_bytes(4, "little"))
    assert "bundle-archive" in codes(case.verdict(lying))
