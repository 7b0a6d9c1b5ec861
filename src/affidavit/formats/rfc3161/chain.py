"""From a time-stamping certificate to a trusted root (RFC 5280, section 6, as far as such chains need it).

Checked: names, signatures, validity at one moment, basic constraints with path lengths, key usage, and that no
critical extension is passed over. Name constraints and policies are not read: critical ones are refused.
Revocation is not looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from affidavit.core.clock import from_us, isoformat
from affidavit.core.errors import TimestampError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Sequence

NOT_READ = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    Warning,  # where the caller turns warnings into errors
)
"""What `cryptography` raises for certificates that it cannot read or use."""
_E = TypeVar("_E", bound=x509.ExtensionType)
_MAX_LENGTH = 8
MAX_CERTIFICATES = 32
"""A token with more is refused: every pair of them may cost a signature."""
_READ = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,  # no name is looked for
    ExtensionOID.CERTIFICATE_POLICIES,  # any policy is accepted
}


def load(data: bytes) -> x509.Certificate:
    """The certificate whose DER `data` is; TimestampError where it cannot be read whole."""
    try:
        return _whole(x509.load_der_x509_certificate(data))
    except NOT_READ as error:
        raise TimestampError("a certificate in the token cannot be read") from error


def load_roots(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file, at least one; TimestampError where they cannot be read."""
    try:
        return tuple(map(_whole, x509.load_pem_x509_certificates(pem)))
    except NOT_READ as error:
        raise TimestampError("the file holds no certificates in PEM") from error


def _whole(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate, all of which has been read, so that nothing fails later."""
    certificate.extensions  # noqa: B018 - reading it is the point
    certificate.public_key()
    certificate.subject.rfc4514_string()
    certificate.issuer.public_bytes()
    return certificate


def check_timestamping(certificate: x509.Certificate) -> None:
    """Return only if the certificate is for timestamping, and by a critical extension for nothing else."""
    usage = _extension(certificate, x509.ExtendedKeyUsage)
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise VerificationError(
            "the signer's certificate is not, critically, for timestamping alone", code="token-invalid"
        )
    key_usage = _extension(certificate, x509.KeyUsage)
    if key_usage and not (key_usage.value.digital_signature or key_usage.value.content_commitment):
        raise VerificationError("the signer's certificate is not for signatures", code="token-invalid")


def check_trusted(
    certificate: x509.Certificate,
    others: Sequence[x509.Certificate],
    *,
    roots: Sequence[x509.Certificate],
    time_us: int,
) -> None:
    """Return only if one of `roots` vouches for the certificate at that time, by way of `others` where need be.

    VerificationError (`token-untrusted`) otherwise. A root may be the certificate itself.
    """
    trusted, waiting, depth = set(roots), {certificate}, 0
    left = {*others, *roots} - waiting
    refusal = "no given root leads to the time-stamping authority"
    while waiting and depth < _MAX_LENGTH:
        sound = []
        for found in waiting:
            fault = _fault(found, time_us, below=depth)
            if fault:
                refusal = f"{found.subject.rfc4514_string() or 'a certificate'} {fault}"
            elif found in trusted:
                return
            else:
                sound.append(found)
        waiting = {issuer for issuer in left if any(_issued(issuer, found) for found in sound)}
        left -= waiting
        depth += 1
    raise VerificationError(refusal, code="token-untrusted")


def _fault(certificate: x509.Certificate, time_us: int, *, below: int) -> str | None:
    """Why the certificate cannot stand above `below` others of a path; the end entity has none below it."""
    if not certificate.not_valid_before_utc <= from_us(time_us) <= certificate.not_valid_after_utc:
        return f"is not valid at {isoformat(time_us)}"
    if any(found.critical and found.oid not in _READ for found in certificate.extensions):
        return "has a critical extension that is not known here"
    if not below:
        return None
    constraints, usage = (
        _extension(certificate, x509.BasicConstraints),
        _extension(certificate, x509.KeyUsage),
    )
    if constraints is None or not constraints.value.ca or (usage and not usage.value.key_cert_sign):
        return "may not sign certificates"
    length = constraints.value.path_length
    return "vouches for a longer path than it may" if length is not None and below - 1 > length else None


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *NOT_READ):
        return False
    return True


def key_identifier(certificate: x509.Certificate) -> bytes | None:
    """The subject key identifier, where the certificate states one."""
    found = _extension(certificate, x509.SubjectKeyIdentifier)
    return None if found is None else found.value.digest


def _extension(certificate: x509.Certificate, kind: type[_E]) -> x509.Extension[_E] | None:
    try:
        return certificate.extensions.get_extension_for_class(kind)
    except x509.ExtensionNotFound:
        return None
