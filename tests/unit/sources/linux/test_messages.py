"""What sshd's messages mean, and that a client cannot make them mean something else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from affidavit.formats.record.parts import merge, split
from affidavit.sources.linux.kind import KIND

RECEIVED_US = 1_795_430_000_000_000


def _event(message: str, program: str = "sshd[7]") -> dict[str, Any]:
    raw = f"Nov 23 08:20:00 web1 {program}: {message}".encode()
    parts = merge(split(KIND.map(raw, RECEIVED_US), raw))
    return {name: msgspec.json.decode(value) for name, value in parts.items()}


def test_a_certificate_is_taken_apart() -> None:
    """Key, serial number, key ID and authority, so that a stolen certificate can be searched for."""
    event = _event(
        "Accepted publickey for alice from 192.0.2.10 port 5 ssh2: ED25519-CERT SHA256:Zm9v "
        "ID alice from home (serial 42) CA RSA SHA256:YmFy"
    )
    assert event["user"]["credential_uid"] == event["actor"]["user"]["credential_uid"] == "SHA256:Zm9v"
    assert event["certificate"] == {
        "issuer": "RSA SHA256:YmFy",
        "serial_number": "42",
        "subject": "alice from home",
        "fingerprints": [{"algorithm_id": 3, "value": "Zm9v"}],
    }
    assert event["auth_protocol"] == "publickey"
    assert event["status_id"] == 1
    assert event["unmapped"]["key_type"] == "ED25519-CERT"


@pytest.mark.parametrize(
    "name", ["root from 6.6.6.6 port 22 ssh2", "a b", "", "from", "x: RSA SHA256:Zm9v", "é\\303", " ", "user"]
)
def test_a_user_name_cannot_forge_the_address(name: str) -> None:
    """The address is the one that sshd wrote last, whatever a client calls itself."""
    for message in (
        f"Failed password for invalid user {name} from 192.0.2.66 port 5555 ssh2",
        f"Invalid user {name} from 192.0.2.66 port 5555",
        f"Connection closed by invalid user {name} 192.0.2.66 port 5555 [preauth]",
        f"Disconnected from invalid user {name} 192.0.2.66 port 5555 [preauth]",
        f"error: maximum authentication attempts exceeded for invalid user {name} from 192.0.2.66 port 5555 ssh2",
        f"Disconnecting invalid user {name} 192.0.2.66 port 5555: Too many authentication failures [preauth]",
    ):
        event = _event(message)
        assert event["src_endpoint"] == {"ip": "192.0.2.66", "port": 5555}, message
        assert event["actor"]["user"]["name"] == name, message
        assert event["status_code"] == "invalid-user"


def test_a_method_of_the_clients_own_does_not_reach_the_facts() -> None:
    """A client names its method; only those that sshd knows become a code."""
    event = _event("Failed alice@example.com for root from 192.0.2.66 port 5 ssh2")
    assert event["metadata"]["event_code"] == "failed-other"
    assert "auth_protocol" not in event
    assert event["unmapped"]["method"] == "alice@example.com"


@pytest.mark.parametrize(
    ("message", "source"),
    [
        ("Connection closed by 2001:db8::5 port 9 [preauth]", {"ip": "2001:db8::5", "port": 9}),
        ("Connection closed by fe80::1%eth0 port 9", {"ip": "fe80::1%eth0", "port": 9}),
        ("Failed password for x from ws.example.com port 9 ssh2", {"hostname": "ws.example.com", "port": 9}),
        ("Connection closed by UNKNOWN port 65535", None),
        ("Connection closed by 192.0.2.1 port 99999", {"ip": "192.0.2.1"}),
    ],
)
def test_the_other_end_is_an_address_or_a_name(message: str, source: dict[str, Any] | None) -> None:
    """OCSF's ip_t holds addresses only; what is neither stays in `unmapped`."""
    event = _event(message)
    assert event.get("src_endpoint") == source
    if source is None or "port" not in source:
        assert event["unmapped"]["port"] in ("65535", "99999")


@pytest.mark.parametrize(
    ("message", "class_name", "activity", "status_id"),
    [
        ("Accepted password for alice from 192.0.2.1 port 5 ssh2", "Authentication", "Logon", 1),
        ("Failed password for alice from 192.0.2.1 port 5 ssh2", "Authentication", "Logon", 2),
        ("Postponed publickey for alice from 192.0.2.1 port 5 ssh2", "Authentication", "Preauth", 0),
        ("pam_unix(sshd:session): session closed for user alice", "Authentication", "Logoff", 1),
        ("pam_unix(sshd:auth): check pass; user unknown", "Authentication", "Logon", 2),
        ("Connection from 192.0.2.1 port 5 on 192.0.2.2 port 22", "SSH Activity", "Open", 1),
        ("Connection reset by 192.0.2.1 port 5", "SSH Activity", "Reset", 2),
        ("Disconnected from user alice 192.0.2.1 port 5", "SSH Activity", "Close", 1),
        ("banner exchange: Connection from 192.0.2.1 port 5: invalid format", "SSH Activity", "Fail", 2),
        (
            "drop connection #4 from [192.0.2.1]:5 on [192.0.2.2]:22 past MaxStartups",
            "SSH Activity",
            "Refuse",
            2,
        ),
        ("Server listening on :: port 22.", "SSH Activity", "Listen", 1),
        ("Received signal 15; terminating.", "Application Lifecycle", "Stop", 1),
        ("error: something that no release says", "Application Error", "General Error", 2),
        ("error: something about 192.0.2.1 port 5", "SSH Activity", "Fail", 2),
        ("something that no release says", "SSH Activity", "Other", 0),
    ],
)
def test_class_activity_and_outcome(message: str, class_name: str, activity: str, status_id: int) -> None:
    """What happened, and how it ended."""
    event = _event(message)
    assert (event["class_name"], event["activity_name"], event["status_id"]) == (
        class_name,
        activity,
        status_id,
    )


@pytest.mark.parametrize(
    ("program", "message", "actor", "user"),
    [
        ("sudo", "   alice : TTY=pts/0 ; PWD=/srv ; USER=root ; COMMAND=/bin/sh -c a ; b", "alice", "root"),
        ("sudo", "bob : user NOT in sudoers ; PWD=/srv ; USER=root ; COMMAND=/bin/id", "bob", "root"),
        ("su[9]", "FAILED SU (to root) bob on pts/0", "bob", "root"),
        (
            "su[9]",
            "pam_unix(su-l:session): session opened for user root(uid=0) by bob(uid=1002)",
            "bob",
            "root",
        ),
        ("login[9]", "ROOT LOGIN  on '/dev/tty1'", "root", "root"),
    ],
)
def test_switching_accounts_names_both(program: str, message: str, actor: str, user: str) -> None:
    """`actor` did it, `user` is the account it was done for."""
    event = _event(message, program)
    assert event["actor"]["user"]["name"] == actor
    assert event["user"]["name"] == user


def test_a_line_of_another_program_is_kept_in_a_class_of_its_own() -> None:
    """auth.log is shared; nothing of it is refused."""
    assert (
        _event("(root) CMD (run-parts /etc/cron.hourly)", "CRON[9]")["class_name"] == "Scheduled Job Activity"
    )
    assert _event("new user: name=x, UID=5, GID=5", "useradd[9]")["class_name"] == "Account Change"
    assert _event("add 'x' to group 'sudo'", "usermod[9]")["class_name"] == "Group Management"
    assert _event("anything", "whoever[9]")["class_name"] == "Application Lifecycle"


def test_a_very_long_message_is_kept_without_being_searched() -> None:
    """A mebibyte of almost-matching text costs no more than its reading."""
    event = _event("Invalid user " + " from x" * 100_000)
    assert event["metadata"]["event_code"] == "sshd-other"
    assert len(event["message"]) > 600_000
