"""The registered device that Okta Verify reports, as an OCSF device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from affidavit.formats.ocsf.objects import Device, Os

if TYPE_CHECKING:
    from affidavit.sources.okta.event import Scalar

_PLATFORMS = {
    "WINDOWS": (2, "Windows", 100),
    "MACOS": (2, "macOS", 300),
    "OSX": (2, "macOS", 300),
    "LINUX": (2, "Linux", 200),
    "CHROMEOS": (2, "ChromeOS", 99),
    "IOS": (5, "iOS", 301),
    "ANDROID": (5, "Android", 201),
}
_UNKNOWN = 0


def device(said: dict[str, Scalar], unmapped: dict[str, Any]) -> Device | None:
    """The device; what of it has no place in OCSF, or all without id and name, goes to `unmapped`."""
    left = {name: value for name, value in said.items() if value is not None and value != ""}
    uid, name = _text(left, "id"), _text(left, "name")
    if uid is None and name is None:
        unmapped["device"] = left
        return None
    type_id, system = _UNKNOWN, None
    platform = left.get("os_platform")
    if isinstance(platform, str) and platform.upper() in _PLATFORMS:
        type_id, caption, system_id = _PLATFORMS[platform.upper()]
        del left["os_platform"]
        system = Os(name=caption, type_id=system_id, version=_text(left, "os_version"))
    managed = left.get("managed")
    if isinstance(managed, bool):
        del left["managed"]
    if left:
        unmapped["device"] = left
    return Device(
        uid=uid,
        name=name,
        type_id=type_id,
        os=system,
        is_managed=managed if isinstance(managed, bool) else None,
    )


def _text(left: dict[str, Any], name: str) -> str | None:
    """Take a member that is a text."""
    value = left.get(name)
    if isinstance(value, str) and value:
        del left[name]
        return value
    return None
