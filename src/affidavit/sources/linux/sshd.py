"""What OpenSSH's sshd says: the families of its messages, by their first word.

What 9.2p1 writes was tried; the wording of older and newer releases is covered as far as it is known.

A user name may hold anything that a client sends, `root from 192.0.2.1 port 22` for instance, so every
pattern is anchored at both ends and takes the address that sshd itself wrote last.
"""

# ruff: noqa: E501 - a family is one row of a table, whatever its pattern's length

from __future__ import annotations

from typing import TYPE_CHECKING

from affidavit.sources.linux.families import (
    FAILURE,
    HIGH,
    INFORMATIONAL,
    LOW,
    MEDIUM,
    SUCCESS,
    UNKNOWN,
    Family,
    pattern,
    table,
)
from affidavit.sources.linux.mapping import application_lifecycle as application
from affidavit.sources.linux.mapping import ssh_activity as ssh
from affidavit.sources.linux.mapping.application_error import GENERAL, error
from affidavit.sources.linux.mapping.application_lifecycle import lifecycle
from affidavit.sources.linux.mapping.authentication import LOGON, PREAUTH, authentication
from affidavit.sources.linux.mapping.ssh_activity import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY = (
    r"(?P<key_type>[A-Za-z0-9@.-]+) (?P<fingerprint>(?:[A-Z0-9]+:)?[\w+/=:]+)"
    r"(?: ID (?P<key_id>.*) \(serial (?P<serial>\d+)\) CA (?P<ca_type>\S+) (?P<ca_fingerprint>\S+))?"
)
_INVALID = r"(?P<invalid>(?:invalid|illegal) user )?"

# fmt: off
_VERDICTS = (
    # code, first word, activity, status, severity
    ("accepted", "Accepted", LOGON, SUCCESS, INFORMATIONAL),
    ("failed", "Failed", LOGON, FAILURE, LOW),
    ("postponed", "Postponed", PREAUTH, UNKNOWN, INFORMATIONAL),
    ("partial", "Partial", PREAUTH, SUCCESS, INFORMATIONAL),
)

_SIGN_IN = (
    # code, first word, the rest of the message, activity, status, severity
    ("invalid-user", "Invalid", r"(?P<invalid>user) (?P<user>.*) from <at>", LOGON, FAILURE, LOW),
    ("invalid-user", "Invalid", r"(?P<invalid>user) (?P<user>.*) from (?P<source>\S+)", LOGON, FAILURE, LOW),
    ("invalid-user", "Illegal", r"(?P<invalid>user) (?P<user>.*) from (?P<source>\S+)", LOGON, FAILURE, LOW),
    ("invalid-user", "input_userauth_request:", r"(?P<invalid>(?:invalid|illegal) user) (?P<user>.*)", LOGON, FAILURE, LOW),
    ("user-not-allowed", "User", r"(?P<user>.*) from (?P<source>\S+) not allowed because (?P<reason>.*)", LOGON, FAILURE, LOW),
    ("user-not-allowed", "User", r"(?P<user>.*) not allowed because (?P<reason>.*)", LOGON, FAILURE, LOW),
    ("root-login-refused", "ROOT", r"LOGIN REFUSED FROM <at>", LOGON, FAILURE, MEDIUM),
    ("root-login-refused", "ROOT", r"LOGIN REFUSED FROM (?P<source>\S+)", LOGON, FAILURE, MEDIUM),
    ("max-auth-tries", "maximum", rf"authentication attempts exceeded for {_INVALID}(?P<user>.*) from <at>(?: ssh\d?)?", LOGON, FAILURE, MEDIUM),
    ("pam-more-failures", "PAM", r"(?P<count>\d{1,6}) more authentication failures?; logname=(?P<logname>\S*) uid=(?P<caller_uid>\S*) euid=(?P<caller_euid>\S*) tty=(?P<tty>\S*) ruser=(?P<ruser>\S*) rhost=(?P<source>\S*)(?: +user=(?P<user>.*))?", LOGON, FAILURE, MEDIUM),
    ("pam-max-retries", "PAM", r"service\((?P<service>[^)]*)\) ignoring max retries; (?P<retries>\d+) > (?P<allowed>\d+)", LOGON, FAILURE, MEDIUM),
    ("pam-refused", "PAM:", rf"(?P<reason>.*?) for {_INVALID}(?P<user>.*) from (?P<source>\S+)", LOGON, FAILURE, LOW),
    ("pam-account-refused", "Access", r"denied for user (?P<user>.*) by (?P<reason>PAM account configuration)", LOGON, FAILURE, LOW),
    ("key-file-refused", "Authentication", r"refused: (?P<reason>.*)", LOGON, FAILURE, MEDIUM),
    ("key-revoked", "Authentication", rf"key {_KEY} (?P<reason>revoked by .*)", LOGON, FAILURE, MEDIUM),
    ("key-revoked", "Refusing", r"(?P<reason>RSA key|certificate|key).*", LOGON, FAILURE, MEDIUM),
    ("certificate-invalid", "Certificate", r"(?P<reason>.*)", PREAUTH, FAILURE, LOW),
    ("certificate-invalid", "cert:", r"(?P<reason>.*)", PREAUTH, FAILURE, LOW),
    ("key-found", "Accepted", rf"key {_KEY} found at (?P<key_file>.*)", PREAUTH, SUCCESS, INFORMATIONAL),
    ("key-found", "Found", r"matching (?P<key_type>\S+) key: (?P<fingerprint>\S+)", PREAUTH, SUCCESS, INFORMATIONAL),
    ("certificate-accepted", "Accepted", r'(?:certificate|cert) ID "(?P<key_id>.*)" (?:\(serial (?P<serial>\d+)\) )?signed by (?P<ca_type>\S+) CA (?P<ca_fingerprint>\S+)(?: via (?P<ca_file>.*))?', PREAUTH, SUCCESS, INFORMATIONAL),
    ("method-accepted", "Accepted", r"(?P<factor>google_authenticator) for (?P<user>.*)", PREAUTH, SUCCESS, INFORMATIONAL),
    ("method-refused", "Invalid", r"(?P<reason>verification code|emergency code) for (?P<user>.*)", LOGON, FAILURE, LOW),
    ("key-refused", "userauth_pubkey:", r"(?P<reason>.*)", PREAUTH, FAILURE, LOW),
    ("key-refused", "userauth_hostbased:", r"(?P<reason>.*)", PREAUTH, FAILURE, LOW),
    ("kerberos-authorised", "Authorized", r"to (?P<user>.*?), krb5 principal (?P<principal>.*)", PREAUTH, SUCCESS, INFORMATIONAL),
    ("password-expired", "password", r"(?P<reason>expired.*)", LOGON, FAILURE, LOW),
)

_CONNECTIONS = (
    # code, first word, the rest of the message, activity, status, severity
    ("connection-open", "Connection", r'from <at> on (?P<server>\S+) port (?P<server_port>\d{1,5})(?: rdomain "(?P<rdomain>.*)")?', ssh.OPEN, SUCCESS, INFORMATIONAL),
    ("connection-open", "Connection", r"from <at>", ssh.OPEN, SUCCESS, INFORMATIONAL),
    ("connection-closed", "Connection", r"closed by <who><at>", ssh.CLOSE, SUCCESS, INFORMATIONAL),
    ("connection-closed", "Connection", r"closed by (?P<source>\S+)", ssh.CLOSE, SUCCESS, INFORMATIONAL),
    ("connection-reset", "Connection", r"reset by <who><at>", ssh.RESET, FAILURE, LOW),
    ("connection-reset", "Connection", r"reset by (?P<source>\S+)", ssh.RESET, FAILURE, LOW),
    ("connection-failed", "Connection", r"(?P<reason>.*?) <who><at>", ssh.FAIL, FAILURE, LOW),
    ("connection-closing", "Closing", r"connection to <at>", ssh.CLOSE, SUCCESS, INFORMATIONAL),
    ("disconnected", "Disconnected", r"from <who><at>", ssh.CLOSE, SUCCESS, INFORMATIONAL),
    ("disconnected", "Disconnected", r"from (?P<source>\S+)", ssh.CLOSE, SUCCESS, INFORMATIONAL),
    ("disconnect-received", "Received", r"disconnect from <who><at>:(?P<status_code>\d{1,10}): ?(?P<reason>.*)", ssh.CLOSE, SUCCESS, INFORMATIONAL),
    ("disconnect-received", "Received", r"disconnect from (?P<source>\S+): (?P<status_code>\d{1,10}): ?(?P<reason>.*)", ssh.CLOSE, SUCCESS, INFORMATIONAL),
    ("too-many-failures", "Disconnecting", r"<who><at>: (?P<reason>Too many authentication failures.*)", ssh.CLOSE, FAILURE, MEDIUM),
    ("too-many-failures", "Disconnecting:", r"(?P<reason>Too many authentication failures)(?: for (?P<user>.*))?", ssh.CLOSE, FAILURE, MEDIUM),
    ("disconnecting", "Disconnecting", r"<who><at>: (?P<reason>.*)", ssh.CLOSE, FAILURE, LOW),
    ("disconnecting", "Disconnecting:", r"(?P<reason>.*)", ssh.CLOSE, FAILURE, LOW),
    ("no-identification", "Did", r"not receive identification string from <at>", ssh.FAIL, FAILURE, LOW),
    ("no-identification", "Did", r"not receive identification string from (?P<source>\S+)", ssh.FAIL, FAILURE, LOW),
    ("bad-protocol-version", "Bad", r"(?:remote )?protocol version identification:? '(?P<reason>.*)'(?: from <at>)?", ssh.FAIL, FAILURE, LOW),
    ("bad-protocol-version", "Bad", r"(?:remote )?protocol version identification:? '(?P<reason>.*)' from (?P<source>\S+)", ssh.FAIL, FAILURE, LOW),
    ("bad-packet", "Bad", r"(?P<reason>packet length .*)", ssh.FAIL, FAILURE, LOW),
    ("bad-packet", "Corrupted", r"(?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("bad-packet", "padding", r"(?P<reason>error.*)", ssh.FAIL, FAILURE, LOW),
    ("banner-exchange", "banner", r"exchange: Connection (?:from|to) <who><at>: (?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("dispatch-failed", "ssh_dispatch_run_fatal:", r"Connection (?:from|to) <who><at>: (?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("identification-exchange", "kex_exchange_identification:", r"(?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("key-exchange", "kex_protocol_error:", r"(?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("key-exchange", "dispatch_protocol_error:", r"(?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("no-common-algorithm", "Unable", r"to negotiate with <who><at>: (?P<reason>.*?)(?: Their offer: (?P<offer>.*))?", ssh.FAIL, FAILURE, LOW),
    ("no-common-algorithm", "Unable", r"to negotiate with (?P<source>\S+): (?P<reason>.*?)(?: Their offer: (?P<offer>.*))?", ssh.FAIL, FAILURE, LOW),
    ("no-common-algorithm", "Unable", r"(?P<reason>to negotiate a key exchange method)", ssh.FAIL, FAILURE, LOW),
    ("no-common-algorithm", "no", r"(?P<reason>(?:matching|hostkey) .*)", ssh.FAIL, FAILURE, LOW),
    ("protocol-version", "Protocol", r"major versions differ(?: for <at>)?: (?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("read-failed", "Read", r"(?:error )?from remote host <who><at>: (?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("read-failed", "Read", r"(?:error )?from remote host (?P<source>\S+): (?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("write-failed", "Write", r"(?P<reason>failed:.*)", ssh.FAIL, FAILURE, LOW),
    ("login-grace-time", "Timeout", r"before authentication for (?:connection from )?<at>\.?", ssh.FAIL, FAILURE, LOW),
    ("login-grace-time", "Timeout", r"before authentication for connection from (?P<source>\S+) to (?P<server>[^\s,]+), pid = (?P<child_pid>\d+)", ssh.FAIL, FAILURE, LOW),
    ("login-grace-time", "Timeout", r"before authentication for (?P<source>\S+)", ssh.FAIL, FAILURE, LOW),
    ("client-lost", "Timeout,", r"client not responding from <who><at>", ssh.CLOSE, FAILURE, LOW),
    ("client-lost", "Timeout,", r"(?P<reason>client not responding).*", ssh.CLOSE, FAILURE, LOW),
    ("session-starting", "Starting", r"session: (?P<what>.*?)(?: on (?P<tty>\S+))? for (?P<user>.*) from <at>(?: id (?P<channel>\d+))?", ssh.OPEN, SUCCESS, INFORMATIONAL),
    ("session-closed", "Close", r"session: user (?P<user>.*) from <at>(?: id (?P<channel>\d+))?", ssh.CLOSE, SUCCESS, INFORMATIONAL),
    ("subsystem-failed", "subsystem", r"request for (?P<what>.*) by user (?P<user>.*) (?P<reason>failed, subsystem not found)", ssh.FAIL, FAILURE, LOW),
    ("subsystem-request", "subsystem", r"request for (?P<what>.*) by user (?P<user>.*)", ssh.TRAFFIC, SUCCESS, INFORMATIONAL),
    ("subsystem-request", "subsystem", r"request for (?P<what>.*)", ssh.TRAFFIC, SUCCESS, INFORMATIONAL),
    ("session-child", "User", r"child is on pid (?P<child_pid>\d+)", ssh.OPEN, SUCCESS, INFORMATIONAL),
    ("transferred", "Transferred:", r"sent (?P<sent>\d{1,18}), received (?P<received>\d{1,18}) bytes", ssh.TRAFFIC, SUCCESS, INFORMATIONAL),
    ("forward-failed", "connect_to", r"(?P<destination>.*?)(?: port (?P<destination_port>\d+))?: (?P<reason>.*)", ssh.FAIL, FAILURE, LOW),
    ("forward-refused", "refused", r"(?P<what>.*port forward): (?P<reason>.*)", ssh.REFUSE, FAILURE, LOW),
    ("forward-refused", "Received", r"(?P<what>request) (?P<reason>(?:from|to) .*)", ssh.REFUSE, FAILURE, LOW),
    ("wrappers-refused", "refused", r"connect from (?P<name>\S+) \((?P<source>[^)\s]+)\)", ssh.REFUSE, FAILURE, LOW),
    ("wrappers-refused", "refused", r"connect from (?P<source>\S+)", ssh.REFUSE, FAILURE, LOW),
    ("startups-dropped", "drop", r"connection #(?P<startups>-?\d+) from <at> on \[(?P<server>[^\]]+)\]:(?P<server_port>\d{1,5}) (?P<reason>.*)", ssh.REFUSE, FAILURE, LOW),
    ("startups-begin", "beginning", r"(?P<reason>MaxStartups throttling.*)", ssh.REFUSE, FAILURE, MEDIUM),
    ("startups-end", "exited", r"(?P<reason>MaxStartups throttling after \S+, (?P<dropped>\d+) connections dropped)", ssh.OTHER, SUCCESS, LOW),
    ("startups-dropping", "drop", r"(?P<reason>.*)", ssh.REFUSE, FAILURE, LOW),
    ("client-penalised", "srclimit_penalise:", r"(?P<reason>.*)", ssh.REFUSE, FAILURE, LOW),
    ("reverse-mapping", "reverse", r"mapping checking getaddrinfo for (?P<name>\S+) \[(?P<source>[^\]\s]+)\] failed(?: - (?P<reason>POSSIBLE BREAK-IN ATTEMPT!?))?\.?", ssh.OTHER, FAILURE, MEDIUM),
    ("reverse-mapping", "Address", r"(?P<source>\S+) maps to (?P<name>\S+), but this does not map back to the address(?: - (?P<reason>POSSIBLE BREAK-IN ATTEMPT!?))?\.?", ssh.OTHER, FAILURE, MEDIUM),
    ("reverse-mapping", "Nasty", r'PTR record "(?P<name>.*)" is set up for (?P<source>[^\s,]+), (?P<reason>ignoring)', ssh.OTHER, FAILURE, MEDIUM),
    ("listening", "Server", r"listening on (?P<server>\S+) port (?P<server_port>\d{1,5})\.?(?: .*)?", ssh.LISTEN, SUCCESS, INFORMATIONAL),
    ("bind-failed", "Bind", r"to port (?P<server_port>\d{1,5}) on (?P<server>\S+) failed: (?P<reason>.*)", ssh.LISTEN, FAILURE, MEDIUM),
    ("bind-failed", "Cannot", r"(?P<reason>bind any address\.?)", ssh.LISTEN, FAILURE, HIGH),
    ("sftp-open", "session", r"opened for local user (?P<user>.*) from \[(?P<source>[^\]\s]+)\]", ssh.OPEN, SUCCESS, INFORMATIONAL),
    ("sftp-closed", "session", r"closed for local user (?P<user>.*) from \[(?P<source>[^\]\s]+)\]", ssh.CLOSE, SUCCESS, INFORMATIONAL),
)

_ITSELF = (
    # code, first word, the rest of the message, activity, status, severity
    ("terminating", "Received", r"signal (?P<signal>\d+); (?P<reason>terminating)\.?", application.STOP, SUCCESS, LOW),
    ("terminating", "Exiting", r"on signal (?P<signal>\d+)", application.STOP, SUCCESS, LOW),
    ("restarting", "Received", r"(?P<signal>SIG\w+); (?P<reason>restarting)\.?", application.RESTART, SUCCESS, LOW),
    ("not-started", "sshd:", r"(?P<reason>no hostkeys available -- exiting\.?)", application.START, FAILURE, HIGH),
    ("not-started", "Missing", r"(?P<reason>privilege separation directory.*)", application.START, FAILURE, HIGH),
)
_FAULTS = (
    # code, first word, the rest of the message, activity, status, severity
    ("login-record-failed", "syslogin_perform_logout:", r"(?P<reason>.*)", GENERAL, FAILURE, LOW),
    ("login-record-failed", "Attempt", r"(?P<reason>to write login records .*)", GENERAL, FAILURE, LOW),
    ("host-key-failed", "Could", r"(?P<reason>not load host key: .*)", GENERAL, FAILURE, MEDIUM),
    ("shadow-failed", "Could", r"(?P<reason>not get shadow information for .*)", GENERAL, FAILURE, LOW),
    ("host-key-failed", "Unable", r"(?P<reason>to load host key.*)", GENERAL, FAILURE, MEDIUM),
)
# fmt: on

_SFTP_WORDS = [
    "open",
    "opendir",
    "close",
    "closedir",
    "forced",
    "read",
    "write",
    "stat",
    "lstat",
    "fstat",
    "setstat",
    "fsetstat",
    "set",
    "remove",
    "rename",
    "posix-rename",
    "hardlink",
    "link",
    "mkdir",
    "rmdir",
    "readlink",
    "symlink",
    "realpath",
    "expand-path",
    "sent",
    "received",
    "statvfs",
    "fstatvfs",
    "fsync",
    "lsetstat",
    "copy-data",
    "home-directory",
    "limits",
    "users-groups-by-id:",
    "denied",
    "refusing",
]
"""What sftp-server says that a client did."""


def _families() -> Iterator[Family]:
    for code, first, activity, status, severity in _VERDICTS:
        # A name without blanks is tried first, so that a key's ID, which may hold anything, cannot be
        # taken for the address; then any name, up to the last address.
        for name in (r"\S*", r".*"):
            text = (
                rf"{first} (?P<method>\S+) for {_INVALID}(?P<user>{name}) from <at>(?: ssh\d?)?(?:: {_KEY})?"
            )
            yield Family(code, first, pattern(text), authentication, activity, status, severity)
        text = rf"{first} (?P<method>\S+) for {_INVALID}(?P<user>.*) from <at>(?: ssh\d?)?(?:: (?P<info>.*))?"
        yield Family(code, first, pattern(text), authentication, activity, status, severity)
        text = rf"{first} (?P<method>\S+) for {_INVALID}(?P<user>.*) from (?P<source>\S+)(?: ssh\d?)?"
        yield Family(code, first, pattern(text), authentication, activity, status, severity)
    for word in _SFTP_WORDS:
        text = rf"{word} (?P<what>.*)"
        yield Family("sftp-operation", word, pattern(text), connection, ssh.TRAFFIC, SUCCESS, INFORMATIONAL)
    for rows, build in (
        (_CONNECTIONS, connection),
        (_SIGN_IN, authentication),
        (_ITSELF, lifecycle),
        (_FAULTS, error),
    ):
        for code, first, rest, activity, status, severity in rows:
            yield Family(code, first, pattern(f"{first} {rest}"), build, activity, status, severity)


SSHD_TABLE = table(_families())

ANYTHING = pattern(r"(?:.*\s)?<at>(?:\W.*)?")
"""A message of no known family may still name the other end."""
UNRECOGNISED = Family("sshd-other", "", ANYTHING, connection, ssh.OTHER, UNKNOWN, INFORMATIONAL)
UNRECOGNISED_ERROR = Family("sshd-error", "", ANYTHING, error, GENERAL, FAILURE, MEDIUM)
UNRECOGNISED_CONNECTION_ERROR = Family(
    "connection-error", "", ANYTHING, connection, ssh.FAIL, FAILURE, MEDIUM
)
