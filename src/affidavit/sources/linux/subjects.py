"""Who, from where, on which host: the OCSF objects that every mapping of this folder shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from affidavit.formats.ocsf.objects import Device, Metadata, NetworkEndpoint, Os, Process, Product, User
from affidavit.sources.remembering import remembered
from affidavit.sources.values import is_ip

if TYPE_CHECKING:
    from affidavit.sources.linux.families import Family, Found, Saying

OCSF_VERSION = "1.8.0"
NOBODY = "unknown"
"""The user name of a line that is about a user but names none."""
SSHD = frozenset({"sshd", "sshd-session", "sshd-auth"})
SSH_PROGRAMS = SSHD | {"internal-sftp", "sftp-server"}
SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
_LOG_NAMES = {4: "auth", 10: "authpriv"}
_MAX_PORT = 65535
_SERVER, _LINUX = 1, 200

# Shared between events and never changed.
_OPENSSH = Product(name="OpenSSH", vendor_name="OpenBSD")
_LINUX_SYSLOG = Product(name="Linux system log", vendor_name="Linux")
_PROFILES = ["host"]
_OS = Os(name="Linux", type_id=_LINUX)


def metadata(saying: Saying, code: str) -> Metadata:
    """Where the line comes from. Unerasable, hence only of fixed vocabularies and numbers."""
    line = saying.line
    priority = line.priority
    level = saying.level
    if level is None and priority is not None:
        level = SEVERITIES[priority % 8]
    return Metadata(
        version=OCSF_VERSION,
        product=_OPENSSH if saying.program in SSH_PROGRAMS else _LINUX_SYSLOG,
        event_code=code,
        log_format=line.form,
        log_level=level,
        log_name=None if priority is None else _LOG_NAMES.get(priority // 8),
        original_time=line.original_time,
        profiles=_PROFILES,
        sequence=line.sequence,
        uid=line.uid,
    )


@remembered(4096)
def device(host: str | None, machine_uid: str | None = None, boot_uid: str | None = None) -> Device:
    """The host that wrote the line."""
    named = {"ip": host} if is_ip(host) else {"hostname": host or "localhost"}
    return Device(type_id=_SERVER, uid=machine_uid, boot_uid=boot_uid, os=_OS, **named)


@remembered(4096)
def server(
    host: str | None, program: str, address: str | None = None, port: int | None = None
) -> NetworkEndpoint:
    """The host as the end that was connected to."""
    if address is None and host is not None and is_ip(host):
        host, address = None, host
    return NetworkEndpoint(hostname=host, ip=address, port=port, svc_name=program or "syslog")


def server_of(saying: Saying, found: Found) -> NetworkEndpoint:
    """The same, with the address and port that the message names."""
    address, port = found.pop("server", None), _port(found, "server_port")
    if address is not None and not is_ip(address):
        found["server"] = address
        address = None
    return server(saying.line.host, saying.program, address, port)


def client(found: Found) -> NetworkEndpoint | None:
    """The end that connected: an address, or a name where sshd was told to look names up."""
    source = found.pop("source", None)
    if source is None or not source:
        return None
    if source == "UNKNOWN":  # sshd's own word for a connection that is already gone
        found["source"] = source
        return None
    port = _port(found, "port")
    if is_ip(source):
        return NetworkEndpoint(ip=source, port=port)
    return NetworkEndpoint(hostname=source, port=port)


def _port(found: Found, name: str) -> int | None:
    text = found.pop(name, None)
    if text is None:
        return None
    number = int(text)
    if number > _MAX_PORT:
        found[name] = text
        return None
    return number


def user(found: Found, name: str = "user", uid: str = "uid") -> User:
    """Whom the message names, or NOBODY."""
    named, number = found.pop(name, None), found.pop(uid, None)
    if named is None and number is None:
        return User(name=NOBODY, type_id=0)
    return User(name=named, uid=number)


def process(saying: Saying) -> Process | None:
    """The process that wrote the line, where its id is known."""
    pid = saying.line.pid
    return None if pid is None else Process(name=saying.line.program or None, pid=pid)


def remainder(saying: Saying, found: Found) -> dict[str, Any] | None:
    """What no attribute took, of the message and of its envelope."""
    line = saying.line
    rest: dict[str, Any] = dict(found)
    if saying.preauth:
        rest["preauth"] = True
    if saying.pam_module is not None:
        rest["pam_module"] = saying.pam_module
        rest["pam_type"] = saying.pam_type
    if line.pid is None and line.program:
        rest["program"] = line.program
    if line.priority is not None:
        rest["priority"] = line.priority
    if line.rest is not None:
        rest["journal" if line.form == "journald" else "syslog"] = line.rest
    return rest or None


def always(saying: Saying, family: Family, *, code: str | None = None) -> dict[str, Any]:
    """The attributes that an event of any class has."""
    line = saying.line
    status_id = family.status_id
    return {
        "activity_id": family.activity_id,
        "count": saying.count,
        "device": device(line.host, line.machine_uid, line.boot_uid),
        "message": line.message or None,
        "metadata": metadata(saying, code or family.code),
        "severity_id": family.severity_id,
        "status": ("Unknown", "Success", "Failure")[status_id],
        "status_id": status_id,
        "time": line.time_ms,
        "timezone_offset": line.offset_minutes,
    }
