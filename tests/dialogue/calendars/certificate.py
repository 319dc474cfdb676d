"""A certificate of a server's name, and the one it is signed with."""

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def write_certificate(folder: Path, name: str) -> None:
    """Write ca.crt, server.crt and server.key."""
    now = datetime.datetime.now(datetime.UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])

    def signed(who: x509.Name, public: ec.EllipticCurvePublicKey, ca: bool) -> x509.Certificate:
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        return (
            x509.CertificateBuilder()
            .issuer_name(ca_name)
            .subject_name(who)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(names, critical=False)
            .sign(ca_key, hashes.SHA256())
        )

    pem = serialization.Encoding.PEM
    certificates = {
        "ca.crt": signed(ca_name, ca_key.public_key(), True),
        "server.crt": signed(subject, key.public_key(), False),
    }
    for file, certificate in certificates.items():
        (folder / file).write_bytes(certificate.public_bytes(pem))
    (folder / "server.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
