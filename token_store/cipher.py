"""Encrypts tokens at rest with AES-256-GCM under a key derived from `RELIST_TOKEN_KEY`.

The account is bound in as associated data, so a ciphertext cannot be moved to another account. During key rotation
there are two keys (docs/how-to/rotate-token-key.md): either decrypts, the first encrypts. Each ciphertext carries a key
id that scrypt derives together with the key; the id reveals nothing about the key.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import scrypt

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT = b"relist token store v1"
FORMAT = b"\x02"
"""First byte of a ciphertext. The first format had neither this byte nor a key id and can still be read."""
KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES = 32, 8, 12
HEADER_BYTES = len(FORMAT) + KEY_ID_BYTES


class TokenKeyMismatch(Exception):
    """A ciphertext was made with another key, or altered."""


@dataclass(frozen=True, slots=True)
class _Key:
    header: bytes
    aead: AESGCM = field(repr=False)


class TokenCipher:
    """Creating one runs scrypt for each key, about 50 ms of CPU each, so create it once at start."""

    def __init__(self, token_key: str, *other_keys: str) -> None:
        self._keys = tuple(_derive(key) for key in (token_key, *other_keys))

    def __repr__(self) -> str:
        return "TokenCipher(***)"

    def encrypt(self, account: str, plain: bytes) -> bytes:
        """Encrypt with the newest key."""
        newest, nonce = self._keys[0], os.urandom(NONCE_BYTES)
        return newest.header + nonce + newest.aead.encrypt(nonce, plain, account.encode())

    def decrypt(self, account: str, ciphertext: bytes) -> bytes:
        """Decrypt with whichever key fits. Raises TokenKeyMismatch."""
        named = [key for key in self._keys if ciphertext.startswith(key.header)]
        # A value of the first format starts with a key's header by chance once in 2^72, so try both formats.
        for body, keys in ((ciphertext[HEADER_BYTES:], named), (ciphertext, self._keys)):
            for key in keys:
                try:
                    return key.aead.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], account.encode())
                except (InvalidTag, ValueError):
                    continue
        raise TokenKeyMismatch(
            f"the stored tokens of account {account} cannot be decrypted with this RELIST_TOKEN_KEY; "
            "set the key they were encrypted with, or add the account's shops again"
        )

    def uses_newest_key(self, ciphertext: bytes) -> bool:
        """Report whether a ciphertext was made with the key that encrypts now."""
        return ciphertext.startswith(self._keys[0].header)


def _derive(token_key: str) -> _Key:
    derived = scrypt(token_key.encode(), salt=SALT, n=2**14, r=8, p=1, dklen=KEY_BYTES + KEY_ID_BYTES)
    return _Key(FORMAT + derived[KEY_BYTES:], AESGCM(derived[:KEY_BYTES]))
