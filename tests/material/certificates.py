"""Private keys and certificate chains, made on the spot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PASSPHRASE = "open sesame"
ORGANIZATION, LEAF = "An archive", "Scanning room"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """`encrypted` is the same key with the passphrase."""

    key: Path
    chain: Path
    encrypted: Path

    @property
    def options(self) -> list[str]:
        return ["--sign", str(self.key), str(self.chain)]


def make_pair(
    folder: Path,
    key: Key | None = None,
    *,
    use: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    moved: timedelta = timedelta(),
) -> KeyPair:
    """A root and a leaf, valid from yesterday for a month, or as far `moved` from that."""
    folder.mkdir(exist_ok=True)
    root_key, leaf_key = (
        ec.generate_private_key(ec.SECP256R1()),
        key or ec.generate_private_key(ec.SECP256R1()),
    )
    start = datetime.now(UTC) - timedelta(days=1) + moved
    root = _certificate("Root", root_key, root_key, start, is_root=True)
    leaf = _certificate(LEAF, leaf_key, root_key, start, use=use)
    pair = KeyPair(folder / "key.pem", folder / "chain.pem", folder / "encrypted.pem")
    pem = serialization.Encoding.PEM
    pair.chain.write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    form = serialization.PrivateFormat.PKCS8
    pair.key.write_bytes(leaf_key.private_bytes(pem, form, serialization.NoEncryption()))
    encryption = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    pair.encrypted.write_bytes(leaf_key.private_bytes(pem, form, encryption))
    return pair


def _certificate(
    name: str,
    key: Key,
    signer: ec.EllipticCurvePrivateKey,
    start: datetime,
    *,
    use: x509.ObjectIdentifier | None = None,
    is_root: bool = False,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder(_name("Root"), _name(name), key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(_usage(is_root=is_root), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if use is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _name(name: str) -> x509.Name:
    organization = x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION)
    return x509.Name([organization, x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )
