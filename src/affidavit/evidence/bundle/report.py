"""report.html: the bundle for a person, in one file without scripts that loads nothing.

Text of records is hostile: it is escaped, and what could steer or reorder the display is made visible.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from affidavit.core.clock import isoformat
from affidavit.evidence.bundle.report_style import STYLE
from affidavit.evidence.bundle.table import WITHHELD
from affidavit.formats.bundle import members
from affidavit.formats.record.seal import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from affidavit.evidence.bundle.overview import Overview
    from affidavit.evidence.bundle.table import Line
    from affidavit.formats.bundle.manifest import Manifest

_POLICY = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\U000e0000-\U000e007f]"
)
_LONGEST = 300
_CHART = 1000, 150
_UNITS = (1440, "day"), (60, "hour"), (1, "minute")
_WHAT = {
    "actor": "who acted, and from where",
    "detail": "everything that is in no other part",
    "facts": "time, class, activity, outcome",
    "raw": "the original as it was received",
    "target": "on what or whom",
}


@dataclass(frozen=True, kw_only=True)
class Proofs:
    """What of the proofs the page speaks of."""

    root: bytes
    keys: Sequence[str]
    """Name and id of each key of the log."""
    cosigned_by: Sequence[str]
    """Names under the end checkpoint that are not the log's; not verified here."""
    stamped: bool
    """Whether the end checkpoint has a timestamp."""


def report(manifest: Manifest, overview: Overview, proofs: Proofs) -> bytes:
    """The page."""
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    body = "".join(
        (
            _head(manifest),
            _numbers(manifest),
            _question(manifest),
            _who_what(overview),
            _sources(manifest),
            _chain(manifest, proofs),
            _not_proven(manifest, proofs),
            _how(manifest),
            _records(manifest, overview.lines),
            f"<footer>Made by {shown(manifest.tool)} on {isoformat(manifest.created_us)}. All times are UTC. "
            f"This page is one member of the bundle; the digests of all are in <code>{members.MANIFEST}</code>.</footer>",
        )
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(digest)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>Evidence from {shown(manifest.origin)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    ).encode()


def _head(manifest: Manifest) -> str:
    return (
        f'<p class="eyebrow">Evidence from an access log</p><h1>{shown(manifest.origin)}</h1>'
        f'<p class="sub">Records received {_period(manifest, brief=True)}, UTC</p>'
        '<p class="notice"><b>This page is for reading; it proves nothing by itself.</b> What proves it lies beside it in '
        "the bundle. Before you rely on it, verify the bundle with a verifier and with keys of the log that you got elsewhere: "
        f"see “How to verify” below, or {members.GUIDE}.</p>"
    )


def _numbers(manifest: Manifest) -> str:
    counts, sources = manifest.stated["counts"], manifest.stated["sources"]
    cards = (
        (counts["matching"], "records match and are shown"),
        (counts["in_period"], "records were received in the period"),
        (len(sources), "source" if len(sources) == 1 else "sources"),
        (sum(source["holes"] for source in sources), "holes in the sources’ numbering"),
    )
    inside = "".join(
        f'<div class="card"><b>{number:,}</b><span>{what}</span></div>' for number, what in cards
    )
    return f'<div class="cards">{inside}</div>'


def _question(manifest: Manifest) -> str:
    stated = manifest.stated
    withheld = [name for name in NAMES if name not in manifest.disclosed]
    rows = [
        (
            "Asked by",
            f"{shown(manifest.asked_by)} <span class=none>(token {shown(manifest.asked_token)})</span>",
        ),
        ("Asked and made on", isoformat(manifest.created_us)),
        (
            "Query",
            f"<code>{shown(manifest.query)}</code>"
            if manifest.query.strip()
            else "none: every record in the period",
        ),
        ("Period, by time of receipt", _period(manifest)),
        ("As it was typed", f"since {_asked(manifest.since)}, until {_asked(manifest.until)}"),
        ("Time zone", "UTC"),
        ("Rows", f"{stated['counts']['matching']:,}"),
        ("Received, first and last", _bounds(stated["received"])),
        ("Occurred, first and last", _bounds(stated["occurred"])),
        ("Shown parts", _parts(manifest.disclosed)),
        ("Withheld parts", _parts(withheld)),
        ("Tool", shown(manifest.tool)),
    ]
    inside = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
    return f'<h2>What was asked</h2><table class="facts">{inside}</table>'


def _who_what(overview: Overview) -> str:
    if not overview.lines:
        return '<h2>Who did what</h2><p class="none">No record matches.</p>'
    return (
        f'<h2>Who did what</h2>{_chart(overview)}<div class="pair"><div><h3>Actors</h3>{_ranking(*overview.actors())}</div>'
        f"<div><h3>Actions</h3>{_ranking(*overview.actions())}"
        f"<h3>Outcomes</h3>{_ranking(overview.outcomes.most_common(), 0)}</div></div>"
    )


def _chart(overview: Overview) -> str:
    """A bar a step of time."""
    minutes, bars = overview.bars()
    width, height = _CHART
    most = max(bar.records for bar in bars)
    slot = width / len(bars)
    rects = "".join(
        f'<rect class="bar" x="{slot * at + slot * 0.1:.2f}" y="{height - 22 - (height - 40) * bar.records / most:.2f}" '
        f'width="{min(slot * 0.8, 60):.2f}" height="{(height - 40) * bar.records / most:.2f}">'
        f"<title>{bar.start}: {bar.records:,}</title></rect>"
        for at, bar in enumerate(bars)
        if bar.records
    )
    unit = next(
        name if minutes == size else f"{minutes // size} {name}s" for size, name in _UNITS if minutes >= size
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="Records by time of receipt">'
        f'<text x="0" y="12">Records received per {unit}; the highest bar is {most:,}</text>'
        f'<line x1="0" y1="{height - 22}" x2="{width}" y2="{height - 22}"/>{rects}'
        f'<text x="0" y="{height - 6}">{bars[0].start}</text>'
        f'<text x="{width}" y="{height - 6}" text-anchor="end">{bars[-1].start if len(bars) > 1 else ""}</text></svg>'
    )


def _ranking(items: Sequence[tuple[str, int]], others: int) -> str:
    most = max(number for _, number in items)
    rows = "".join(
        f'<tr><td>{_cell(name)}</td><td class="n">{number:,}</td><td class="t"><svg viewBox="0 0 100 10" '
        f'preserveAspectRatio="none" aria-hidden="true"><rect class="bar" width="{100 * number / most:.1f}" height="10"/></svg>'
        "</td></tr>"
        for name, number in items
    )
    more = f'<tr><td class="none" colspan="3">and {others:,} more</td></tr>' if others else ""
    return f'<table class="rank">{rows}{more}</table>'


def _sources(manifest: Manifest) -> str:
    rows = "".join(
        f"<tr><td>{shown(source['source'])}</td><td class=n>{source['first_seq']:,}</td><td class=n>{source['last_seq']:,}</td>"
        f"<td class=n>{source['entries']:,}</td><td class=n>{source['holes']:,}</td><td class=n>{source['matching']:,}</td></tr>"
        for source in manifest.stated["sources"]
    )
    used = "".join(
        f"<tr><td>{shown(name)}</td><td class=n>{number:,}</td></tr>"
        for name, number in sorted(manifest.stated["mappers"].items())
    )
    kinds = "".join(
        f"<tr><td>{shown(name)}</td><td class=n>{number:,}</td></tr>"
        for name, number in sorted(manifest.stated["kinds"].items())
    )
    return (
        "<h2>Completeness by source</h2><p>Each source’s records are numbered from 0 when they are accepted. The range in this "
        f"bundle is entries {manifest.first:,} to {manifest.end - 1:,} of the log: the period, and one entry on either side where "
        "there is one, to show where it begins and ends. A number that is missing would be a hole, and the bundle would not "
        "verify.</p><table><thead><tr><th>Source</th><th class=n>First number</th><th class=n>Last number</th>"
        "<th class=n>Entries</th><th class=n>Holes</th><th class=n>Shown</th></tr></thead>"
        f'{rows}</table><div class="pair"><div><h3>&nbsp;</h3><table><thead><tr><th>Mapping that read it</th>'
        f"<th class=n>Entries</th></tr></thead>{used}</table></div><div><h3>&nbsp;</h3><table><thead><tr>"
        f"<th>Kind of record</th><th class=n>Entries</th></tr></thead>{kinds}</table></div></div>"
    )


def _chain(manifest: Manifest, proofs: Proofs) -> str:
    keys = ", ".join(f"<code>{shown(key)}</code>" for key in proofs.keys)
    steps = [
        "<b>From content to entry.</b> Each shown part is hashed with its own random salt; of each withheld part the hash "
        "is given. Together they make the one value that the record’s entry commits to.",
        f"<b>From entries to one number.</b> All {manifest.stated['counts']['entries']:,} entries of the range, also of "
        "records that are not shown, and a few hashes of everything around them are hashed pair by pair into a single "
        f"value, the root: <code>{proofs.root.hex()}</code>. One entry changed, removed, added or moved gives another.",
        f"<b>From the root to a signature.</b> The log signed that root, for {manifest.end_size:,} entries, with its keys {keys}.",
    ]
    if manifest.start_size is not None:
        steps.append(
            f"<b>From then to now.</b> An earlier signed state, of {manifest.start_size:,} entries, is shown to be the beginning "
            "of this one: the log only grew."
        )
    if proofs.cosigned_by:
        steps.append(
            "<b>Others saw it.</b> The state is cosigned under the names "
            + ", ".join(f"<code>{shown(name)}</code>" for name in proofs.cosigned_by)
            + ". The verifier checks these against the witnesses that you trust."
        )
    if proofs.stamped:
        steps.append(
            "<b>A time from outside.</b> A time-stamping authority vouches that this state existed at its time."
        )
    steps.append(
        "<b>From this export to a signature.</b> The manifest, with the question, the counts and the digest of every file in "
        "the bundle, is signed with the same keys. The verifier counts everything again."
    )
    return f'<h2 class="newpage">Chain of proof</h2><ol class="chain">{_items(steps)}</ol>'


def _not_proven(manifest: Manifest, proofs: Proofs) -> str:
    limits = [
        "That what a sender reported is true, or that it reported everything. The log shows what it received.",
        "That times of receipt are right: they are the server’s clock; occurrence times are the sender’s.",
        "Who holds the signing keys. Compare them with keys that you got by another way than this bundle.",
    ]
    if not proofs.cosigned_by:
        limits.append(
            "That everybody was shown the same log: no witness cosigned it. Whoever holds the keys could have signed another."
        )
    if not proofs.stamped:
        limits.append(
            "When the signed state was made, other than by the server’s clock: no timestamp is kept."
        )
    if manifest.query.strip():
        limits.append(
            "That the records which are not shown do not match the query. Their entries are there; their content is not."
        )
    if withheld := [name for name in NAMES if name not in manifest.disclosed]:
        limits.append(
            f"What the withheld parts say: {', '.join(withheld)}. Whoever is given them later can check them."
        )
    return f'<h2>What is not proven</h2><ul class="not">{_items(limits)}</ul>'


def _how(manifest: Manifest) -> str:
    command = "".join(f" \\\n    --key '{key}…'" for key in (f"{manifest.origin}+", f"{manifest.origin}+"))
    return (
        f"<h2>How to verify</h2><p>Take <code>affidavit-verify.py</code> of {shown(manifest.tool)} from the project, not from this "
        "bundle. It is one file, needs Python 3.11 and the package <code>cryptography</code>, and no network. Exit code 0 is "
        f"verified, 3 is not. {members.GUIDE} says more.</p><pre>python affidavit-verify.py bundle.zip{_shown_lines(command)}</pre>"
    )


def _records(manifest: Manifest, lines: Sequence[Line]) -> str:
    total = manifest.stated["counts"]["matching"]
    note = (
        f"The first {len(lines):,} of {total:,} records; all are in <code>{members.TABLE}</code>."
        if len(lines) < total
        else f"All {total:,} records, in the order in which they were sealed. More columns are in <code>{members.TABLE}</code>."
    )
    rows = "".join(
        f'<tr><td class="n">{line.number}</td><td class="t">{_time(line.occurred)}</td><td>{shown(line.source)}</td>'
        f"<td>{_cell(line.actor)}</td><td>{_cell(line.action)}</td><td>{_cell(line.target)}</td>"
        f'<td class="{_class(line.outcome)}">{_cell(line.outcome)}</td><td class="mono">{_cell(line.origin)}</td></tr>'
        for line in lines
    )
    return (
        f'<h2 class="newpage">Records</h2><p>{note}</p><table class="records"><thead><tr><th class="n">Entry</th><th>Occurred</th>'
        "<th>Source</th><th>Who</th><th>What</th><th>On what</th><th>Outcome</th><th>From</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _period(manifest: Manifest, *, brief: bool = False) -> str:
    moment = _brief if brief else isoformat
    since = "the beginning of the log" if manifest.since_us is None else moment(manifest.since_us)
    until = (
        f"the end of the log at {manifest.end_size:,} entries"
        if manifest.until_us is None
        else moment(manifest.until_us)
    )
    return f"from {since} to {until}"


def _brief(moment_us: int) -> str:
    return isoformat(moment_us)[:19].replace("T", " ")


def _asked(text: str | None) -> str:
    return "–" if text is None else f"<code>{shown(text)}</code>"


def _bounds(stated: dict[str, str | None]) -> str:
    return "–" if stated["min"] is None else f"{shown(stated['min'])} and {shown(stated['max'] or '')}"


def _parts(names: Iterable[str]) -> str:
    return "; ".join(f"{name}: {_WHAT[name]}" for name in names) or "none"


def _items(items: Iterable[str]) -> str:
    return "".join(f"<li>{item}</li>" for item in items)


def _time(text: str) -> str:
    """A time without what nobody reads in a table."""
    return _cell(f"{text[:10]} {text[11:19]}" if text[10:11] == "T" else text)


def _class(outcome: str) -> str:
    return outcome if outcome in ("success", "failure", "unknown", "other") else "none"


def _cell(text: str) -> str:
    """A cell: hostile text, a part that is withheld, or nothing."""
    if not text or text == WITHHELD:
        return f'<span class="none">{"withheld" if text else "–"}</span>'
    return shown(text)


def _shown_lines(text: str) -> str:
    return "\n".join(map(shown, text.split("\n")))


def shown(text: str) -> str:
    """The text as text: escaped, not endless, and without characters that cannot be seen."""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    return escape(_UNSEEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text))
