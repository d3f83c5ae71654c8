"""Tokens at rest: AES-256-GCM under a key derived from `RELIST_TOKEN_KEY`, bound to the account they belong to."""

from __future__ import annotations

import os
from hashlib import scrypt

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT = b"relist token store v1"
NONCE_BYTES = 12


class TokenKeyMismatch(Exception):
    """What is stored was encrypted with another key, or tampered with."""


class TokenCipher:
    def __init__(self, token_key: str) -> None:
        key = scrypt(token_key.encode(), salt=SALT, n=2**14, r=8, p=1, dklen=32)
        self._aead = AESGCM(key)

    def __repr__(self) -> str:
        return "TokenCipher(***)"

    def seal(self, account: str, plain: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, account.encode())

    def unseal(self, account: str, sealed: bytes) -> bytes:
        """Raises TokenKeyMismatch."""
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], account.encode())
        except (InvalidTag, ValueError):
            raise TokenKeyMismatch(
                f"what is stored for account {account} can not be read with this RELIST_TOKEN_KEY: "
                "set the key it was stored with, or add the account's shops again"
            ) from None
