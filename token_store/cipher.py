"""Tokens at rest: AES-256-GCM under a key derived from `RELIST_TOKEN_KEY`, bound to the account they belong to.

While keys are rotated there are two (docs/how-to/rotate-token-key.md): any opens, the first seals. What is sealed names
its key by an id that scrypt makes together with the key, and that tells nothing of it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from hashlib import scrypt

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT = b"relist token store v1"
FORMAT = b"\x02"
"""The first byte of what is sealed; the first format had neither it nor a key id, and is still read."""
KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES = 32, 8, 12
HEADER_BYTES = len(FORMAT) + KEY_ID_BYTES


class TokenKeyMismatch(Exception):
    """What is stored was encrypted with another key, or tampered with."""


@dataclass(frozen=True, slots=True)
class _Key:
    header: bytes
    aead: AESGCM = field(repr=False)


class TokenCipher:
    """Making one takes scrypt's time for each key, some 50 ms of a core: it is made once, before work begins."""

    def __init__(self, token_key: str, *other_keys: str) -> None:
        self._keys = tuple(_derive(key) for key in (token_key, *other_keys))

    def __repr__(self) -> str:
        return "TokenCipher(***)"

    def seal(self, account: str, plain: bytes) -> bytes:
        newest, nonce = self._keys[0], os.urandom(NONCE_BYTES)
        return newest.header + nonce + newest.aead.encrypt(nonce, plain, account.encode())

    def unseal(self, account: str, sealed: bytes) -> bytes:
        """Raises TokenKeyMismatch."""
        named = [key for key in self._keys if sealed.startswith(key.header)]
        # A value of the first format may begin with a header's bytes by chance, once in 2^72.
        for body, keys in ((sealed[HEADER_BYTES:], named), (sealed, self._keys)):
            for key in keys:
                try:
                    return key.aead.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], account.encode())
                except (InvalidTag, ValueError):
                    continue
        raise TokenKeyMismatch(
            f"what is stored for account {account} can not be read with this RELIST_TOKEN_KEY: "
            "set the key it was stored with, or add the account's shops again"
        )

    def is_newest(self, sealed: bytes) -> bool:
        """Whether it is sealed with the key that seals now."""
        return sealed.startswith(self._keys[0].header)


def _derive(token_key: str) -> _Key:
    derived = scrypt(token_key.encode(), salt=SALT, n=2**14, r=8, p=1, dklen=KEY_BYTES + KEY_ID_BYTES)
    return _Key(FORMAT + derived[KEY_BYTES:], AESGCM(derived[:KEY_BYTES]))
