"""Sealed tokens: which key opens what."""

from __future__ import annotations

import os
from hashlib import scrypt

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from token_store.cipher import SALT, TokenCipher, TokenKeyMismatch

OLD, NEW = "the old key of the tests", "the new key of the tests"


def test_two_keys_open_what_either_sealed_and_the_first_seals() -> None:
    old, new, both = TokenCipher(OLD), TokenCipher(NEW), TokenCipher(NEW, OLD)
    sealed = old.seal("a", b"plain")
    assert both.unseal("a", sealed) == b"plain"
    assert not both.is_newest(sealed)
    resealed = both.seal("a", b"plain")
    assert both.is_newest(resealed)
    assert new.unseal("a", resealed) == b"plain"
    with pytest.raises(TokenKeyMismatch, match="account a"):
        old.unseal("a", resealed)


def test_what_the_first_format_sealed_is_read_and_is_not_newest() -> None:
    key, nonce = scrypt(OLD.encode(), salt=SALT, n=2**14, r=8, p=1, dklen=32), os.urandom(12)
    sealed = nonce + AESGCM(key).encrypt(nonce, b"plain", b"a")
    for cipher in (TokenCipher(OLD), TokenCipher(NEW, OLD)):
        assert cipher.unseal("a", sealed) == b"plain"
        assert not cipher.is_newest(sealed)


def test_what_was_tampered_with_cut_or_moved_to_another_account_is_refused() -> None:
    cipher = TokenCipher(OLD)
    sealed = cipher.seal("a", b"plain")
    for damaged in (sealed[:-1], sealed[:5], b"", sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\x01" + sealed[1:]):
        with pytest.raises(TokenKeyMismatch):
            cipher.unseal("a", damaged)
    with pytest.raises(TokenKeyMismatch):
        cipher.unseal("b", sealed)


def test_nothing_of_a_key_shows() -> None:
    cipher = TokenCipher(OLD)
    assert OLD not in repr(cipher)
    assert cipher.seal("a", b"plain")[9:] != cipher.seal("a", b"plain")[9:]
