"""The one error tree. Nothing foreign escapes a room: callers see only these.

    AffidavitError
    ├── UsageError            the request itself cannot be right
    │   ├── QueryError        a search that does not parse
    │   ├── NotFoundError     the named thing does not exist
    │   └── ConflictError     the named thing exists already, or changed meanwhile
    ├── AccessError           who asks may not
    │   ├── UnauthenticatedError
    │   └── ForbiddenError
    ├── FormatError           bytes from outside that break their specification
    │   ├── RecordError       a sealed record, entry or part
    │   ├── LogFormatError    tile, proof, checkpoint, note or key of the log
    │   ├── AgeError          an age file or key
    │   ├── TimestampError    an RFC 3161 answer, token or certificate
    │   ├── BundleError       an evidence bundle
    │   ├── BodyError         a body that does not decompress
    │   └── EventError        an event that cannot be decoded or mapped (it goes to quarantine)
    ├── VerificationError     what is stored or shown is not what was sealed
    └── OperationalError      the machine, not the caller
        ├── StorageError      a file or object could not be read or written durably
        │   └── StorageFullError  no space is left; nothing acknowledged is lost
        ├── OverloadedError   refused for now; retry_after_s says when to come back
        └── ConfigurationError settings, keys or data directory do not fit together

Each error has a stable `code` (kebab case), a message that names what and where, and a `hint`: the next
action. HTTP status and exit code are assigned at the edges, in one table each.
"""

from __future__ import annotations


class AffidavitError(Exception):
    """Any failure that Affidavit reports; `code` is stable, `hint` says what to do next."""

    code = "error"
    hint = ""

    def __init__(self, message: str, *, code: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if hint is not None:
            self.hint = hint


class UsageError(AffidavitError):
    """The request itself cannot be right."""

    code = "usage"


class QueryError(UsageError):
    """A search that does not parse; `position` is the 0-based character where it fails."""

    code = "query-syntax"
    hint = "See `affidavit search --help` for the fields and operators."

    def __init__(self, message: str, *, position: int = 0) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.position = position


class NotFoundError(UsageError):
    """The named thing does not exist."""

    code = "not-found"


class ConflictError(UsageError):
    """The named thing exists already, or changed meanwhile."""

    code = "conflict"


class AccessError(AffidavitError):
    """Who asks may not."""

    code = "access"


class UnauthenticatedError(AccessError):
    """No credential, or one that is not valid (any more)."""

    code = "unauthenticated"
    hint = "Send `Authorization: Bearer TOKEN`; `affidavit tokens create` makes a token."


class ForbiddenError(AccessError):
    """A valid credential whose scopes do not cover the request."""

    code = "forbidden"
    hint = "Create a token with the scope that the message names."


class FormatError(AffidavitError):
    """Bytes from outside that break their specification."""

    code = "format"


class RecordError(FormatError):
    """A sealed record, entry or part that breaks docs/spec/record.md."""

    code = "record-format"


class LogFormatError(FormatError):
    """A tile, proof, checkpoint, note or key of the log that breaks its specification."""

    code = "log-format"


class AgeError(FormatError):
    """An age file or key that breaks age-encryption.org/v1, or that no identity opens."""

    code = "age-format"


class TimestampError(FormatError):
    """A time-stamping authority's answer, token or certificate that breaks its specification, or a refusal."""

    code = "timestamp-format"


class BundleError(FormatError):
    """An evidence bundle that breaks docs/spec/bundle.md."""

    code = "bundle-format"
    hint = "Ask for the bundle again; a damaged one proves nothing."


class BodyError(FormatError):
    """A body that does not decompress, or to more than is allowed; what came before stays good."""

    code = "body"


class EventError(FormatError):
    """An event that cannot be decoded or mapped; the pipeline quarantines it with this reason."""

    code = "event"


class VerificationError(AffidavitError):
    """What is stored or shown is not what was sealed."""

    code = "verification"
    hint = "Run `affidavit verify` for the full list of differences; restore from a verified backup."


class OperationalError(AffidavitError):
    """The machine, not the caller."""

    code = "operational"


class StorageError(OperationalError):
    """A file or object could not be read or written durably."""

    code = "storage"


class StorageFullError(StorageError):
    """No space is left. Nothing acknowledged is lost; new batches are refused."""

    code = "storage-full"
    hint = "Free space on the data volume; senders retry by themselves."


class OverloadedError(OperationalError):
    """Refused for now so that memory and disk hold; come back after `retry_after_s` seconds."""

    code = "overloaded"
    hint = "Retry after the stated time; nothing of this request was kept."

    def __init__(self, message: str, *, retry_after_s: int = 1, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class ConfigurationError(OperationalError):
    """Settings, keys or data directory do not fit together."""

    code = "configuration"
