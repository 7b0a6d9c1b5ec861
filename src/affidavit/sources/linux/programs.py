"""What the other programs say that write to auth.log: sudo, su, login, logind, cron, shadow's useradd and kin."""

# ruff: noqa: E501 - a family is one row of a table, whatever its pattern's length

from __future__ import annotations

from affidavit.sources.linux.families import (
    FAILURE,
    INFORMATIONAL,
    LOW,
    MEDIUM,
    SUCCESS,
    UNKNOWN,
    Family,
    Table,
    pattern,
    table,
)
from affidavit.sources.linux.mapping import account_change as account
from affidavit.sources.linux.mapping import application_lifecycle as application
from affidavit.sources.linux.mapping import group_management as group
from affidavit.sources.linux.mapping import scheduled_job_activity as job
from affidavit.sources.linux.mapping.account_change import account_change
from affidavit.sources.linux.mapping.application_lifecycle import lifecycle
from affidavit.sources.linux.mapping.authentication import ACCOUNT_SWITCH, LOGOFF, LOGON, authentication
from affidavit.sources.linux.mapping.group_management import group_management
from affidavit.sources.linux.mapping.scheduled_job_activity import scheduled_job

_SUDO_TERMS = (
    r"(?:HOST=(?P<sudo_host>\S+) ; )?(?:TTY=(?P<tty>\S+) ; )?(?:CHROOT=(?P<chroot>.*?) ; )?"
    r"PWD=(?P<directory>.*?) ; (?:USER=(?P<user>\S+) ; )?(?:GROUP=(?P<group>\S+) ; )?"
    r"(?:TSID=(?P<sudo_session>\S+) ; )?(?:ENV=(?P<environment>.*?) ; )?COMMAND=(?P<command>.*)"
)

# fmt: off
_ROWS = (
    # programs, code, the message, build, activity, status, severity
    ("sudo", "sudo-command", rf"(?P<by>\S+) : {_SUDO_TERMS}", authentication, ACCOUNT_SWITCH, SUCCESS, INFORMATIONAL),
    ("sudo", "sudo-refused", rf"(?P<by>\S+) : (?P<reason>.*?) ; {_SUDO_TERMS}", authentication, ACCOUNT_SWITCH, FAILURE, MEDIUM),
    ("su", "su-refused", r"FAILED SU \(to (?P<user>.*)\) (?P<by>\S*) on (?P<tty>\S+)", authentication, ACCOUNT_SWITCH, FAILURE, MEDIUM),
    ("su", "su-refused", r"FAILED su for (?P<user>\S+) by (?P<by>\S+)", authentication, ACCOUNT_SWITCH, FAILURE, MEDIUM),
    ("su", "su-refused", r"- (?P<tty>\S+) (?P<by>[^:]*):(?P<user>.*)", authentication, ACCOUNT_SWITCH, FAILURE, MEDIUM),
    ("su", "su", r"\(to (?P<user>.*)\) (?P<by>\S+) on (?P<tty>\S+)", authentication, ACCOUNT_SWITCH, SUCCESS, LOW),
    ("su", "su", r"Successful su for (?P<user>\S+) by (?P<by>\S+)", authentication, ACCOUNT_SWITCH, SUCCESS, LOW),
    ("su", "su", r"\+ (?P<tty>\S+) (?P<by>[^:]*):(?P<user>.*)", authentication, ACCOUNT_SWITCH, SUCCESS, LOW),
    ("pkexec", "pkexec-command", r"(?P<by>\S+): (?P<reason>.*) \[USER=(?P<user>\S+)\] (?P<rest>.*)", authentication, ACCOUNT_SWITCH, UNKNOWN, LOW),
    ("login", "login-refused", r"FAILED LOGIN (?:SESSION )?(?:\((?P<tries>\d+)\) )?(?:on|FROM) '?(?P<tty>[^\s']*)'?(?: from '(?P<source>\S*)')? FOR '?(?P<user>.*?)'?, (?P<reason>.*)", authentication, LOGON, FAILURE, LOW),
    ("login", "login-refused", r"TOO MANY LOGIN TRIES \((?P<tries>\d+)\) (?:on|FROM) '?(?P<tty>[^\s']*)'? FOR '?(?P<user>.*?)'?, (?P<reason>.*)", authentication, LOGON, FAILURE, MEDIUM),
    ("login", "root-login", r"ROOT LOGIN +(?:on|ON) +'?(?P<tty>[^\s']+)'?(?: (?:from|FROM) '?(?P<source>[^\s']+)'?)?", authentication, LOGON, SUCCESS, MEDIUM),
    ("login", "login", r"LOGIN ON (?P<tty>\S+) BY (?P<user>.*?)(?: FROM (?P<source>\S+))?", authentication, LOGON, SUCCESS, INFORMATIONAL),
    ("systemd-logind elogind", "seat-session-new", r"New session '?(?P<session>[^\s']+)'? of user '?(?P<user>.*?)'?(?: with (?P<detail>.*?))?\.?", authentication, LOGON, SUCCESS, INFORMATIONAL),
    ("systemd-logind elogind", "seat-session-ended", r"Session '?(?P<session>[^\s']+)'? logged out\. ?(?P<detail>.*)", authentication, LOGOFF, SUCCESS, INFORMATIONAL),
    ("systemd-logind elogind", "seat-session-ended", r"Removed session '?(?P<session>[^\s'.]+)'?\.?", authentication, LOGOFF, SUCCESS, INFORMATIONAL),
    ("useradd adduser", "user-created", r"new user: name=(?P<user>[^,]*), UID=(?P<uid>\d+)(?:, (?P<detail>.*))?", account_change, account.CREATE, SUCCESS, MEDIUM),
    ("useradd adduser", "user-not-created", r"failed adding user '(?P<user>.*)', (?P<reason>.*)", account_change, account.CREATE, FAILURE, LOW),
    ("userdel deluser", "user-deleted", r"delete user '(?P<user>.*)'", account_change, account.DELETE, SUCCESS, MEDIUM),
    ("usermod", "user-locked", r"lock user '(?P<user>.*)' password", account_change, account.LOCK, SUCCESS, LOW),
    ("usermod", "user-unlocked", r"unlock user '(?P<user>.*)' password", account_change, account.UNLOCK, SUCCESS, LOW),
    ("usermod", "password-changed", r"change user '(?P<user>.*)' (?P<reason>password)", account_change, account.PASSWORD_CHANGE, SUCCESS, LOW),
    ("usermod chsh chfn chage passwd", "user-changed", r"changed? user '(?P<user>.*?)' (?P<reason>.*)", account_change, account.OTHER, SUCCESS, LOW),
    ("chage passwd", "user-changed", r"changed? (?P<reason>password expiry) for '?(?P<user>.*?)'?", account_change, account.OTHER, SUCCESS, LOW),
    ("passwd", "password-changed", r"password for '(?P<user>.*)' changed by '(?P<by>.*)'", account_change, account.PASSWORD_CHANGE, SUCCESS, LOW),
    ("useradd usermod userdel gpasswd adduser deluser groupmod", "group-user-added", r"add '(?P<user>.*)' to (?:shadow )?group '(?P<group>.*)'", group_management, group.ADD_USER, SUCCESS, MEDIUM),
    ("useradd usermod userdel gpasswd adduser deluser groupmod", "group-user-removed", r"delete '(?P<user>.*)' from (?:shadow )?group '(?P<group>.*)'", group_management, group.REMOVE_USER, SUCCESS, LOW),
    ("gpasswd", "group-user-added", r"user (?P<user>.*) added by (?P<by>.*) to group (?P<group>.*)", group_management, group.ADD_USER, SUCCESS, MEDIUM),
    ("gpasswd", "group-user-removed", r"user (?P<user>.*) removed by (?P<by>.*) from group (?P<group>.*)", group_management, group.REMOVE_USER, SUCCESS, LOW),
    ("groupadd useradd addgroup adduser", "group-created", r"(?:new group:|group added to (?P<file>\S+):) name=(?P<group>[^,]*)(?:, GID=(?P<gid>\d+))?", group_management, group.CREATE, SUCCESS, LOW),
    ("groupdel userdel delgroup deluser", "group-deleted", r"(?:removed (?:shadow )?)?group '(?P<group>.*?)'(?: removed| owned by| removed from)?(?P<detail>.*)", group_management, group.DELETE, SUCCESS, LOW),
    ("cron crond anacron", "cron-command", r"\((?P<user>[^)]*)\) CMD \(\s*(?P<command>.*)\)", scheduled_job, job.START, SUCCESS, INFORMATIONAL),
    ("crontab", "crontab-changed", r"\((?P<user>[^)]*)\) (?P<reason>REPLACE|BEGIN EDIT|END EDIT) \((?P<owner>[^)]*)\)", scheduled_job, job.UPDATE, SUCCESS, LOW),
    ("crontab", "crontab-deleted", r"\((?P<user>[^)]*)\) (?P<reason>DELETE) \((?P<owner>[^)]*)\)", scheduled_job, job.DELETE, SUCCESS, LOW),
    ("crontab", "crontab-read", r"\((?P<user>[^)]*)\) (?P<reason>LIST) \((?P<owner>[^)]*)\)", scheduled_job, job.OTHER, SUCCESS, INFORMATIONAL),
    ("rsyslogd syslogd", "log-daemon-started", r"(?P<reason>.*\b(?:re)?start\b.*)", lifecycle, application.START, SUCCESS, INFORMATIONAL),
    ("rsyslogd syslogd", "log-daemon-stopped", r"(?P<reason>.*\bexiting on signal\b.*)", lifecycle, application.STOP, SUCCESS, LOW),
)
# fmt: on


def _tables() -> dict[str, Table]:
    rows: dict[str, list[Family]] = {}
    for programs, code, text, build, activity, status, severity in _ROWS:
        family = Family(code, "", pattern(text), build, activity, status, severity)
        for program in programs.split():
            rows.setdefault(program, []).append(family)
    return {program: table(families) for program, families in rows.items()}


PROGRAM_TABLES = _tables()
"""Program in lower case to the families of its messages."""

UNRECOGNISED = Family(
    "program-other", "", pattern(r"(?P<reason>.*)"), lifecycle, application.OTHER, UNKNOWN, INFORMATIONAL
)
