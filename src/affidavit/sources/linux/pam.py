"""What PAM modules say, whatever program loaded them: `pam_unix(sshd:session): session opened for ...`."""

# ruff: noqa: E501 - a family is one row of a table, whatever its pattern's length

from __future__ import annotations

import re

from affidavit.sources.linux.families import (
    FAILURE,
    INFORMATIONAL,
    LOW,
    MEDIUM,
    SUCCESS,
    UNKNOWN,
    Family,
    pattern,
    table,
)
from affidavit.sources.linux.mapping.account_change import PASSWORD_CHANGE, account_change
from affidavit.sources.linux.mapping.application_error import GENERAL, error
from affidavit.sources.linux.mapping.authentication import LOGOFF, LOGON, PREAUTH, authentication

PREFIX = re.compile(r"(pam_\w+)\(([^:()]*)(?::([\w-]*))?\):? ?", re.ASCII)
"""(module, service, type); the service is the program as PAM knows it."""

_UID = r"(?:\(uid=(?P<uid>\d{1,10})\))?"
_TERMS = (
    r"logname=(?P<logname>\S*) uid=(?P<caller_uid>\S*) euid=(?P<caller_euid>\S*) tty=(?P<tty>\S*) "
    r"ruser=(?P<by>\S*) rhost=(?P<source>\S*)(?: +user=(?P<user>.*))?"
)

# fmt: off
_ROWS = (
    # code, first word, the rest of the message, build, activity, status, severity
    ("session-opened", "session", rf"opened for user (?P<user>.*?){_UID}(?: by (?P<by>.*?)(?:\(uid=(?P<by_uid>\d{{1,10}})\))?)?", authentication, LOGON, SUCCESS, INFORMATIONAL),
    ("session-closed", "session", rf"closed for user (?P<user>.*?){_UID}", authentication, LOGOFF, SUCCESS, INFORMATIONAL),
    ("pam-failure", "authentication", rf"failure; {_TERMS}", authentication, LOGON, FAILURE, LOW),
    ("pam-success", "authentication", rf"success; {_TERMS}", authentication, PREAUTH, SUCCESS, INFORMATIONAL),
    ("pam-user-unknown", "check", r"pass; (?P<reason>user unknown)", authentication, LOGON, FAILURE, LOW),
    ("pam-no-password", "auth", r"could not identify password for \[(?P<user>.*)\]", authentication, LOGON, FAILURE, LOW),
    ("pam-received", "received", r"for user (?P<user>.*): (?P<reason>\d+ \(.*\))", authentication, LOGON, FAILURE, LOW),
    ("pam-expired", "account", r"(?P<user>.*) (?P<reason>has expired.*)", authentication, LOGON, FAILURE, LOW),
    ("pam-expired", "expired", r"(?P<reason>password) for user (?P<user>.*?)(?: \((?P<detail>.*)\))?", authentication, LOGON, FAILURE, LOW),
    ("pam-locked", "Consecutive", r"login failures for user (?P<user>.*) (?P<reason>account temporarily locked.*)", authentication, LOGON, FAILURE, MEDIUM),
    ("pam-locked", "user", r"(?P<user>\S+) \((?P<uid>\d{1,10})\) (?P<reason>(?:tally|has been locked).*)", authentication, LOGON, FAILURE, MEDIUM),
    ("pam-access-denied", "access", r"denied for user `?'?(?P<user>.*?)[`'] from [`']?(?P<source>[^\s'`]*)[`']?", authentication, LOGON, FAILURE, LOW),
    ("pam-requirement", "requirement", r'(?P<requirement>".*") (?P<reason>(?:not met|was met) by user) "(?P<user>.*)"', authentication, LOGON, UNKNOWN, INFORMATIONAL),
    ("password-changed", "password", r"changed for (?P<user>.*)", account_change, PASSWORD_CHANGE, SUCCESS, LOW),
    ("password-not-changed", "password", r"(?P<reason>- \(old\) token not obtained|change failed.*)", account_change, PASSWORD_CHANGE, FAILURE, LOW),
)
# fmt: on

PAM_TABLE = table(
    Family(code, first, pattern(f"{first} {rest}"), build, activity, status, severity)
    for code, first, rest, build, activity, status, severity in _ROWS
)

_REST = pattern(r"(?P<reason>.*)")
UNRECOGNISED_AUTH = Family("pam-auth-other", "", _REST, authentication, LOGON, UNKNOWN, LOW)
"""A module's word while somebody signs in."""
UNRECOGNISED = Family("pam-other", "", _REST, error, GENERAL, UNKNOWN, LOW)
"""A module's word about itself: limits that it could not set, a bus that it could not reach."""
