"""How WeCom signs and encrypts what it sends to an address of ours. Pure.

Source: the platform's documentation of receiving messages ("加解密方案说明"): SHA-1 over the sorted
token, timestamp, nonce and cipher text; AES-256-CBC under the key whose first 16 bytes are the
initial vector, padded to blocks of 32; inside 16 random bytes, the length in network order, the
message, and whom it is for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
KEY_LENGTH = 43


class Unsound(Exception):
    """Not encrypted with this key, or not for us."""


def key_of(text: str) -> bytes:
    """The 32 bytes of an EncodingAESKey (43 characters). Raises Unsound."""
    try:
        found = base64.b64decode(f"{text}=", validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsound from error
    if len(text) != KEY_LENGTH or len(found) != 32:
        raise Unsound
    return found


def signature(token: str, timestamp: str, nonce: str, sealed: str) -> str:
    joined = "".join(sorted([token, timestamp, nonce, sealed]))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def is_signed(given: str, token: str, timestamp: str, nonce: str, sealed: str) -> bool:
    expected = signature(token, timestamp, nonce, sealed)
    return hmac.compare_digest(given.encode(), expected.encode())


def opened(sealed: str, key: bytes, receiver: str) -> bytes:
    """The message inside. Raises Unsound."""
    try:
        cipher_text = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsound from error
    if not cipher_text or len(cipher_text) % 16:
        raise Unsound
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    plain = decryptor.update(cipher_text) + decryptor.finalize()
    pad = plain[-1]
    if not 1 <= pad <= BLOCK or len(plain) < 20 + pad:
        raise Unsound
    content = plain[16:-pad]
    (length,) = struct.unpack("!I", content[:4])
    message, whom = content[4 : 4 + length], content[4 + length :]
    if len(message) != length or not hmac.compare_digest(whom, receiver.encode()):
        raise Unsound
    return message


def sealed(message: bytes, key: bytes, receiver: str, salt: bytes) -> str:
    """A message as WeCom reads it; `salt` are 16 random bytes."""
    content = salt + struct.pack("!I", len(message)) + message + receiver.encode()
    pad = BLOCK - len(content) % BLOCK
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    cipher_text = encryptor.update(content + bytes([pad]) * pad) + encryptor.finalize()
    return base64.b64encode(cipher_text).decode()
