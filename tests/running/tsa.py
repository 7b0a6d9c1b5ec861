"""A real time-stamping authority: `openssl ts` with a CA of its own, and behind HTTP where a test wants that."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
NOW = datetime.now(UTC)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""Before any time that a token of the tests states, in whatever year they run."""
YEAR = timedelta(days=365)
POLICY = "1.2.3.4.1"
_CONFIG = f"""\
[tsa]
default_tsa = main
[main]
serial = serial
default_policy = {POLICY}
digests = sha256
accuracy = secs:1, millisecs:500, microsecs:100
ordering = yes
tsa_name = yes
signer_digest = sha256
ess_cert_id_chain = no
clock_precision_digits = 6
"""


def new_key(kind: str) -> Key:
    """A key of `rsa`, `p256`, `p384` or `ed25519`."""
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1() if kind == "p256" else ec.SECP384R1())


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """A certificate and the key that it is of."""

    key: Key
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The certificate as a file holds it."""
        return self.certificate.public_bytes(Encoding.PEM)


def issue(
    name: str,
    *,
    by: Issued | None = None,
    kind: str = "p256",
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = (),
    since: datetime = SINCE,
    until: datetime = NOW + YEAR,
) -> Issued:
    """A certificate for a new key, by `by` or by itself."""
    key = new_key(kind)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = by.key if by else key
    builder = x509.CertificateBuilder(
        issuer_name=by.certificate.subject if by else subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=since,
        not_valid_after=until,
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Issued(key=key, certificate=builder.sign(signer, algorithm))


def authority(
    name: str, *, by: Issued | None = None, kind: str = "p256", length: int | None = None
) -> Issued:
    """A certification authority."""
    return issue(
        name, by=by, kind=kind, extensions=[(x509.BasicConstraints(ca=True, path_length=length), True)]
    )


TIMESTAMPING = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)


@dataclass(kw_only=True)
class Tsa:
    """`openssl ts` over one signer's certificate."""

    folder: Path
    signer: Issued
    others: Sequence[Issued] = ()
    """Intermediates, which it puts into its tokens."""
    asked: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "tsa.cnf").write_text(_CONFIG)
        (self.folder / "serial").write_text("01\n")
        secret = self.signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "tsa.key").write_bytes(secret)
        (self.folder / "tsa.pem").write_bytes(self.signer.pem)
        (self.folder / "others.pem").write_bytes(b"".join(other.pem for other in self.others))

    def reply(self, query: bytes, *options: str) -> bytes:
        """The TimeStampResp to a TimeStampReq."""
        self.asked += 1
        (self.folder / "query.tsq").write_bytes(query)
        command = ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query.tsq"]
        command += ["-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "reply.tsr", *options]
        if self.others:
            command += ["-chain", "others.pem"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=60)
        return (self.folder / "reply.tsr").read_bytes()


def new_tsa(folder: Path, *, kind: str = "rsa") -> tuple[Tsa, Issued]:
    """An authority and the root that vouches for it."""
    root = authority("Test root")
    return Tsa(folder=folder, signer=issue("Test TSA", by=root, kind=kind, extensions=[TIMESTAMPING])), root


def verifies_by_openssl(folder: Path, token: bytes, digest: bytes, root: bytes, *others: bytes) -> bool:
    """Whether `openssl ts -verify` accepts the token."""
    (folder / "token.der").write_bytes(token)
    (folder / "root.pem").write_bytes(root)
    command = ["openssl", "ts", "-verify", "-digest", digest.hex(), "-in", "token.der", "-token_in"]
    command += ["-CAfile", "root.pem"]
    if others:
        (folder / "untrusted.pem").write_bytes(b"".join(others))
        command += ["-untrusted", "untrusted.pem"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, timeout=60).returncode == 0


@dataclass
class Behaviour:
    """What the HTTP side does instead of asking the authority; a test sets it while it runs."""

    status: int = 200
    answer: bytes | None = None
    """Sent in place of the authority's answer."""


@contextmanager
def over_http(tsa: Tsa) -> Iterator[tuple[str, Behaviour]]:
    """The authority's URL, and how to make it misbehave."""
    behaviour = Behaviour()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            right = self.headers["Content-Type"] == "application/timestamp-query"
            with lock:
                answer = behaviour.answer if behaviour.answer is not None else tsa.reply(query)
            self.send_response(behaviour.status if right else 415)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/tsa", behaviour
        finally:
            server.shutdown()
            thread.join()
