"""From a certificate to a root that is trusted: who may vouch for whom, when, and over how many in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.running.tsa import TIMESTAMPING, Issued, issue, new_key

from affidavit.core.clock import to_us
from affidavit.core.errors import TimestampError, VerificationError
from affidavit.formats.rfc3161.chain import (
    check_timestamping,
    check_trusted,
    key_identifier,
    load,
    load_roots,
)

Extensions = tuple[tuple[x509.ExtensionType, bool], ...]
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
NOON_US = to_us(datetime(2026, 6, 1, 12, tzinfo=UTC))
CA = (x509.BasicConstraints(ca=True, path_length=None), True)
NONE_LEADS = "no given root leads to the time-stamping authority"


def certificate(name: str, *extensions: tuple[x509.ExtensionType, bool], by: Issued | None = None) -> Issued:
    """A certificate for the year 2026."""
    return issue(name, by=by, extensions=extensions, since=SINCE, until=UNTIL)


def usage(*names: str) -> tuple[x509.KeyUsage, bool]:
    """A key usage of just these."""
    known = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in names for name in known}), True


ROOT = certificate("Root", CA)
SIGNER = certificate("Signer", TIMESTAMPING, by=ROOT)


def refusal(found: Issued, *others: Issued, root: Issued = ROOT, time_us: int = NOON_US) -> str | None:
    """Why the certificate is not trusted; None where it is."""
    held = [other.certificate for other in others]
    try:
        check_trusted(found.certificate, held, roots=[root.certificate], time_us=time_us)
    except VerificationError as error:
        assert error.code == "token-untrusted"
        return error.message
    return None


def test_a_root_vouches_for_what_it_issued_and_for_itself() -> None:
    """Directly, by way of others in any order, and where it is the certificate itself."""
    assert refusal(SIGNER) is None
    assert refusal(SIGNER, root=SIGNER) is None
    high = certificate("High", CA, by=ROOT)
    low = certificate("Low", CA, by=high)
    leaf = certificate("Leaf", TIMESTAMPING, by=low)
    assert refusal(leaf, high, low) is None
    assert refusal(leaf, leaf, SIGNER, low, high) is None
    assert refusal(leaf, root=low) is None
    assert refusal(leaf, high) == refusal(leaf, low) == NONE_LEADS


def test_nobody_else_vouches() -> None:
    """A stranger's root of the same name, no root at all, and a root that only came along."""
    assert refusal(SIGNER, root=certificate("Root", CA)) == NONE_LEADS
    assert refusal(SIGNER, ROOT, root=certificate("Other", CA)) == NONE_LEADS
    with pytest.raises(VerificationError, match=NONE_LEADS):
        check_trusted(SIGNER.certificate, [ROOT.certificate], roots=[], time_us=NOON_US)


def test_an_untrusted_authority_that_vouches_for_itself_is_looked_at_once() -> None:
    """It leads nowhere, and does not count as one more step of the path."""
    own = certificate("Own", (x509.BasicConstraints(ca=True, path_length=0), True))
    assert refusal(certificate("Leaf", by=own), own) == NONE_LEADS


def test_a_path_has_at_most_eight_certificates() -> None:
    """Signer and root included; a longer one is not followed."""
    path = [ROOT]
    for number in range(6):
        path.append(certificate(f"CA {number}", CA, by=path[-1]))
    seventh = certificate("CA 6", CA, by=path[-1])
    others = [*path, seventh]
    assert refusal(certificate("Eighth", by=path[-1]), *others) is None
    assert refusal(certificate("Ninth", by=seventh), *others) == NONE_LEADS


@pytest.mark.parametrize("which", ["signer", "root"])
def test_every_certificate_is_valid_at_the_time(which: str) -> None:
    """From its first second to its last, and no microsecond before or after."""

    def issued(name: str, *, short: bool, by: Issued | None = None) -> Issued:
        spare = timedelta(days=0 if short else 9)
        return issue(name, by=by, extensions=[CA], since=SINCE - spare, until=UNTIL + spare)

    root = issued("Root", short=which == "root")
    signer = issued("Signer", short=which == "signer", by=root)
    name = "CN=Root" if which == "root" else "CN=Signer"
    since_us, until_us = to_us(SINCE), to_us(UNTIL)
    assert refusal(signer, root=root, time_us=since_us) is None
    assert refusal(signer, root=root, time_us=until_us) is None
    assert (
        refusal(signer, root=root, time_us=since_us - 1)
        == f"{name} is not valid at 2025-12-31T23:59:59.999999Z"
    )
    assert (
        refusal(signer, root=root, time_us=until_us + 1)
        == f"{name} is not valid at 2027-01-01T00:00:00.000001Z"
    )


def test_who_may_sign_certificates() -> None:
    """Authorities by their basic constraints, whose key usage, if any, says so too."""
    sound: list[Extensions] = [
        (CA,),
        (CA, usage("key_cert_sign")),
        (CA, usage("key_cert_sign", "crl_sign")),
    ]
    for extensions in sound:
        root = certificate("R", *extensions)
        assert refusal(certificate("Leaf", by=root), root=root) is None
    false: list[Extensions] = [
        (),
        ((x509.BasicConstraints(ca=False, path_length=None), True),),
        (usage("key_cert_sign"),),
        (CA, usage("digital_signature")),
        (CA, usage("crl_sign")),
    ]
    for extensions in false:
        root = certificate("R", *extensions)
        assert refusal(certificate("Leaf", by=root), root=root) == "CN=R may not sign certificates"


@pytest.mark.parametrize("length", [0, 1, 2])
def test_how_far_down_an_authority_vouches(length: int) -> None:
    """Over as many authorities below it as its path length says, not one more."""
    root = certificate("R", (x509.BasicConstraints(ca=True, path_length=length), True))
    below = root
    others: list[Issued] = []
    for number in range(length + 1):
        leaf = certificate("Leaf", by=below)
        assert refusal(leaf, *others, root=root) is None
        below = certificate(f"CA {number}", CA, by=below)
        others.append(below)
    leaf = certificate("Leaf", by=below)
    assert refusal(leaf, *others, root=root) == "CN=R vouches for a longer path than it may"


def test_no_critical_extension_is_passed_over() -> None:
    """Those that are not read here are refused where they are critical, on any certificate of the path."""
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    names = x509.NameConstraints(permitted_subtrees=[x509.DNSName("example.com")], excluded_subtrees=None)
    said = "has a critical extension that is not known here"
    for extension in (unknown, names):
        assert refusal(certificate("Leaf", (extension, False), by=ROOT)) is None
        assert refusal(certificate("Leaf", (extension, True), by=ROOT)) == f"CN=Leaf {said}"
        root = certificate("R", CA, (extension, True))
        assert refusal(certificate("Leaf", by=root), root=root) == f"CN=R {said}"
    policies = x509.CertificatePolicies(
        [x509.PolicyInformation(x509.ObjectIdentifier("1.2.3"), policy_qualifiers=None)]
    )
    alternative = x509.SubjectAlternativeName([x509.DNSName("tsa.example.com")])
    read = [(policies, True), (alternative, True), usage("digital_signature"), TIMESTAMPING]
    assert refusal(certificate("Leaf", *read, by=ROOT)) is None


def test_a_certificate_without_a_name_is_refused_all_the_same() -> None:
    """The message calls it a certificate."""
    key = new_key("p256")
    nameless = x509.CertificateBuilder(
        issuer_name=ROOT.certificate.subject,
        subject_name=x509.Name([]),
        public_key=key.public_key(),
        serial_number=5,
        not_valid_before=SINCE,
        not_valid_after=UNTIL,
    ).sign(ROOT.key, hashes.SHA256())
    with pytest.raises(VerificationError, match=r"^a certificate is not valid at"):
        check_trusted(nameless, [], roots=[ROOT.certificate], time_us=0)


def test_a_signature_that_is_not_the_issuers_leads_nowhere() -> None:
    """The issuer's name alone is no proof."""
    other = certificate("Root", CA)
    forged = certificate("Signer", TIMESTAMPING, by=other)
    assert refusal(forged, other) == NONE_LEADS


def test_what_a_certificate_for_timestamping_is() -> None:
    """That extended usage alone and critical; a key usage, where there is one, has signatures."""
    sound: list[Extensions] = [
        (TIMESTAMPING,),
        (TIMESTAMPING, usage("digital_signature")),
        (TIMESTAMPING, usage("content_commitment")),
        (TIMESTAMPING, usage("digital_signature", "content_commitment", "crl_sign")),
    ]
    for extensions in sound:
        check_timestamping(certificate("TSA", *extensions).certificate)
    stamping, server = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.SERVER_AUTH
    refused: list[tuple[Extensions, str]] = [
        ((), "critically"),
        (((TIMESTAMPING[0], False),), "critically"),
        (((x509.ExtendedKeyUsage([server]), True),), "critically"),
        (((x509.ExtendedKeyUsage([stamping, server]), True),), "critically"),
        ((TIMESTAMPING, usage("key_encipherment")), "not for signatures"),
        ((TIMESTAMPING, usage("key_cert_sign", "crl_sign")), "not for signatures"),
    ]
    for extensions, said in refused:
        with pytest.raises(VerificationError, match=said) as caught:
            check_timestamping(certificate("TSA", *extensions).certificate)
        assert caught.value.code == "token-invalid"


def test_key_identifiers() -> None:
    """As the certificate states it, or none."""
    stated = certificate("A", (x509.SubjectKeyIdentifier(b"identifier"), False))
    assert key_identifier(stated.certificate) == b"identifier"
    assert key_identifier(ROOT.certificate) is None


PEM = ROOT.pem + SIGNER.pem
DER = SIGNER.certificate.public_bytes(Encoding.DER)
BROKEN = {
    "nothing": b"",
    "cut": DER[:-1],
    "followed": DER + b"\x00",
    "subject": DER.replace(b"\x0c\x06Signer", b"\x0c\x06\xffigner"),
    "issuer": DER.replace(b"\x0c\x04Root", b"\x0c\x04\xffoot"),
    "key": DER.replace(bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d0207")),
    "extension": DER.replace(bytes.fromhex("0603551d25"), bytes.fromhex("0603551d13")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_certificate_is_read_whole_or_refused(case: str) -> None:
    """Its names, key and extensions are tried at once, so that nothing in it fails later."""
    assert BROKEN[case] != DER
    with pytest.raises(TimestampError):
        load(BROKEN[case])


def test_certificates_are_read() -> None:
    """One in DER, and all of a file in PEM."""
    assert load(DER) == SIGNER.certificate
    assert load_roots(PEM) == (ROOT.certificate, SIGNER.certificate)
    for false in (b"", DER, PEM[:100]):
        with pytest.raises(TimestampError, match="holds no certificates in PEM"):
            load_roots(false)
