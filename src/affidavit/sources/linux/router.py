"""From the bytes of one line to its OCSF event: read the line, unwrap the message, find its family."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from affidavit.sources.linux import pam, programs, sshd
from affidavit.sources.linux.families import Family, Found, Saying, recognise
from affidavit.sources.linux.journal import read_entry
from affidavit.sources.linux.subjects import SSH_PROGRAMS
from affidavit.sources.linux.syslog import Line, read_line

if TYPE_CHECKING:
    from affidavit.formats.ocsf.event import Event

MAX_RECOGNISED_CHARACTERS = 8192
"""A longer message is kept, but not searched for a family: sshd cuts its own at 1,024."""

_PREAUTH = " [preauth]"
_LAST_REPEATED = re.compile(r"last message repeated (\d{1,9}) times?", re.ASCII)
_REPEATED = re.compile(r"message repeated (\d{1,9}) times: \[ ?(.*)\]", re.ASCII | re.DOTALL)
_LEVEL = re.compile(r"(error|fatal|debug[123]): ", re.ASCII)
_ERRORS = ("error", "fatal")


def map_line(raw: bytes, received_us: int) -> Event:
    """The event of one line of auth.log or the journal; EventError where it is neither."""
    line = read_entry(raw) if raw[:1] == b"{" else read_line(raw, received_us)
    saying = unwrap(line)
    family, found = _choose(saying)
    return family.build(saying, family, found)


def unwrap(line: Line) -> Saying:
    """The message without `message repeated`, the level that sshd puts in front, and `[preauth]`."""
    text = line.message
    program = line.program.rpartition("/")[2].partition("(")[0]
    saying = Saying(line=line, text=text, program=program)
    if text.startswith("message repeated ") and (repeated := _REPEATED.fullmatch(text)):
        saying.count = int(repeated[1])
        text = repeated[2]
    elif text.startswith("last message ") and (repeated := _LAST_REPEATED.fullmatch(text)):
        saying.count = int(repeated[1])
    if program in SSH_PROGRAMS:
        while level := _LEVEL.match(text):
            if saying.level is None:
                saying.level = level[1]
            text = text[level.end() :]
        if text.endswith(_PREAUTH):
            saying.preauth = True
            text = text[: -len(_PREAUTH)]
    saying.text = text
    return saying


def _choose(saying: Saying) -> tuple[Family, Found]:
    text = saying.text
    long = len(text) > MAX_RECOGNISED_CHARACTERS
    if text.startswith("pam_") and (prefix := pam.PREFIX.match(text)):
        saying.pam_module, service, saying.pam_type = prefix.groups()
        return _choose_pam(saying, service, text[prefix.end() :], long=long)
    if saying.program in SSH_PROGRAMS:
        known = None if long else recognise(sshd.SSHD_TABLE, text)
        return known or _unrecognised(saying, long=long)
    families = programs.PROGRAM_TABLES.get(saying.program.lower())
    if families is not None and not long and (known := recognise(families, text)):
        return known
    return programs.UNRECOGNISED, {}


def _choose_pam(saying: Saying, service: str, text: str, *, long: bool) -> tuple[Family, Found]:
    known = None if long else recognise(pam.PAM_TABLE, text)
    if known is not None:
        family, found = known
    else:
        family = pam.UNRECOGNISED_AUTH if saying.pam_type == "auth" else pam.UNRECOGNISED
        found = {} if long else {"reason": text}
    if service:
        found["service"] = service
    return family, found


def _unrecognised(saying: Saying, *, long: bool) -> tuple[Family, Found]:
    """A message of sshd that no family knows: an error of its own, or something about a connection."""
    match = None if long else sshd.ANYTHING.fullmatch(saying.text)
    found = {} if match is None else {name: piece for name, piece in match.groupdict().items() if piece}
    if saying.level not in _ERRORS:
        return sshd.UNRECOGNISED, found
    return (sshd.UNRECOGNISED_CONNECTION_ERROR if found else sshd.UNRECOGNISED_ERROR), found
