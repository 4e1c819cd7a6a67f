"""A ward's own network: a certificate for the names of this machine, from an authority of our own.

Tablets give a page its disk, its service worker and a waking screen only over TLS. `make run-lan` serves over a
certificate of this machine's own authority; a tablet that installs the authority once trusts it. Its key never leaves
DATA_DIR/lan, and signs nothing but certificates for the names that this machine has.
"""

import datetime
import ipaddress
import os
import socket
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
# iPads refuse longer ones (Apple's limit for certificates that people install is 825 days, for others 398).
CERTIFICATE_DAYS = 397
RENEWED_BEFORE_DAYS = 30


def authority(folder: Path) -> Path:
    """The authority's certificate (PEM), made with its key at the first call and never again."""
    certificate, key = folder / "ecpr-ca.crt", folder / "ecpr-ca.key"
    if certificate.exists() and key.exists():
        return certificate
    folder.mkdir(parents=True, exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ECPR timeline on {socket.gethostname()}"[:64])])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    _write(key, _pem(private))
    _write(certificate, made.public_bytes(serialization.Encoding.PEM))
    return certificate


def certificate(folder: Path, names: Sequence[str]) -> tuple[Path, Path]:
    """A server's certificate and key for exactly these names and this machine itself; made anew when the names changed
    or its time is nearly over.
    """
    wanted = [*names, "localhost", "127.0.0.1", "::1"]
    served, key = folder / "server.crt", folder / "server.key"
    ca = x509.load_pem_x509_certificate(authority(folder).read_bytes())
    if served.exists() and key.exists() and _holds(served, wanted, ca):
        return served, key
    signer = serialization.load_pem_private_key((folder / "ecpr-ca.key").read_bytes(), None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    private = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted[0][:64])]))
        .issuer_name(ca.subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=CERTIFICATE_DAYS - 1))
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in wanted]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(key, _pem(private))
    _write(served, made.public_bytes(serialization.Encoding.PEM))
    return served, key


def _holds(path: Path, wanted: Sequence[str], ca: x509.Certificate) -> bool:
    there = x509.load_pem_x509_certificate(path.read_bytes())
    names = there.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    left = there.not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    return (
        there.issuer == ca.subject
        and list(names) == [_general(name) for name in wanted]
        and left > datetime.timedelta(days=RENEWED_BEFORE_DAYS)
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
