"""A private key and its certificate, tried before the first frame is coloured. The key is only in memory, and
no message shows it."""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tcvc_cli.errors import UsageError
from tcvc_cli.reading import read_plain
from tcvc_cli.run.credentials.library import context, required_library

_PASSPHRASE: Final = "TCVC_SIGN_PASSPHRASE"
_CURVES: Final = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_LARGEST_BYTES: Final = 1 << 20
_FORMAT, _TRIAL = "application/octet-stream", b"tcvc"
_TRIED: Final = {
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {
                "actions": [
                    {
                        "action": "c2pa.created",
                        "digitalSourceType": "http://c2pa.org/digitalsourcetype/empty",
                    }
                ]
            },
        }
    ]
}


@dataclass(frozen=True, slots=True)
class Signatory:
    """Whom the certificate names: `name` is its common name, `organization` that of its subject, `serial` its
    number in decimal digits; `algorithm` as C2PA calls it, `Es256`."""

    name: str
    organization: str
    serial: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`signatory` is whom the library reads out of what the key has signed."""

    algorithm: str
    chain_pem: bytes
    signatory: Signatory
    _key_pem: bytes = field(repr=False)

    def signer(self) -> Any:
        """The library's own, for one signature. Raises its C2paError."""
        return _signer(self.algorithm, self.chain_pem, self._key_pem)


def signing_key(files: tuple[Path, Path]) -> SigningKey:
    """Of the files of the key and the certificate chain, both PEM. Signs a few bytes and reads that back.

    Raises UsageError for a missing extra, files that cannot be read, a key that does not fit the
    certificate, a certificate that is not valid now or not for signing.
    """
    required_library()
    key_file, chain_file = files
    algorithm, key_pem = _private_key(key_file)
    chain_pem = _content(chain_file)
    return SigningKey(algorithm, chain_pem, _tried(algorithm, chain_pem, key_pem, chain_file), key_pem)


def signatory_of(signature: dict[str, Any]) -> Signatory:
    """Of what the library says of a signature."""
    keys = ("common_name", "issuer", "cert_serial_number", "alg")
    return Signatory(*(str(signature.get(key) or "") for key in keys))


def _tried(algorithm: str, chain_pem: bytes, key_pem: bytes, chain_file: Path) -> Signatory:
    c2pa = required_library()
    try:
        with (
            c2pa.Builder(_TRIED, context=context()) as builder,
            _signer(algorithm, chain_pem, key_pem) as one,
        ):
            builder.set_no_embed()
            manifest = builder.sign(one, _FORMAT, io.BytesIO(_TRIAL), io.BytesIO())
        with c2pa.Reader(_FORMAT, io.BytesIO(_TRIAL), manifest, context=context()) as reader:
            found = json.loads(reader.json())
    except c2pa.C2paError as error:
        raise _refused(f"{chain_file.name} cannot sign: {error}") from None
    if found["validation_state"] == "Invalid":
        failures = found["validation_results"]["activeManifest"]["failure"]
        wrong = [one for one in failures if one["code"] != "signingCredential.untrusted"]
        words = "; ".join(str(one["explanation"]) for one in wrong)
        raise _refused(f"{chain_file.name} cannot sign with this key: {words}")
    return signatory_of(found["manifests"][found["active_manifest"]]["signature_info"])


def _signer(algorithm: str, chain_pem: bytes, key_pem: bytes) -> Any:
    c2pa = required_library()
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, chain_pem, key_pem, None))


def _private_key(path: Path) -> tuple[str, bytes]:
    """The algorithm that goes with it, and the key as PKCS #8, which is what the library reads."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    passphrase = os.environ.get(_PASSPHRASE)
    try:
        key = serialization.load_pem_private_key(_content(path), passphrase.encode() if passphrase else None)
    except TypeError:
        with_it = "has no passphrase" if passphrase else "has a passphrase"
        raise _refused(f"{path.name} {with_it}", f"Say it, and only then, in {_PASSPHRASE}.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _refused(f"{path.name} holds no private key that can be read", "Give it as PEM.") from None
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return _algorithm(key, path), pem


def _algorithm(key: object, path: Path) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    advice = "C2PA knows elliptic curves (P-256, P-384, P-521), Ed25519 and RSA."
    raise _refused(f"{path.name} is a key of another kind", advice)


def _content(path: Path) -> bytes:
    try:
        if path.is_file() and path.stat().st_size > _LARGEST_BYTES:
            raise _refused(f"{path.name} is too large for a key or a certificate")
        content = read_plain(path, _LARGEST_BYTES)
    except OSError as error:
        raise _refused(f"{path}: {error.strerror}") from None
    if b"\0" in content:
        raise _refused(f"{path.name} is not PEM", "Give both files as PEM.")
    return content


def _refused(
    message: str, advice: str = "Give the key and its certificate chain: {sign} KEY CERT."
) -> UsageError:
    return UsageError(message, advice, option="sign")
