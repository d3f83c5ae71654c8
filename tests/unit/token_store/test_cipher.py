"""TokenCipher: which key decrypts which ciphertext."""

from __future__ import annotations

import os
from hashlib import scrypt

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from token_store.cipher import SALT, TokenCipher, TokenKeyMismatch

OLD, NEW = "the old key of the tests", "the new key of the tests"


def test_either_key_decrypts_and_the_first_encrypts() -> None:
    old, new, both = TokenCipher(OLD), TokenCipher(NEW), TokenCipher(NEW, OLD)
    ciphertext = old.encrypt("a", b"plain")
    assert both.decrypt("a", ciphertext) == b"plain"
    assert not both.uses_newest_key(ciphertext)
    reencrypted = both.encrypt("a", b"plain")
    assert both.uses_newest_key(reencrypted)
    assert new.decrypt("a", reencrypted) == b"plain"
    with pytest.raises(TokenKeyMismatch, match="account a"):
        old.decrypt("a", reencrypted)


def test_first_format_is_read_and_is_not_newest() -> None:
    key, nonce = scrypt(OLD.encode(), salt=SALT, n=2**14, r=8, p=1, dklen=32), os.urandom(12)
    ciphertext = nonce + AESGCM(key).encrypt(nonce, b"plain", b"a")
    for cipher in (TokenCipher(OLD), TokenCipher(NEW, OLD)):
        assert cipher.decrypt("a", ciphertext) == b"plain"
        assert not cipher.uses_newest_key(ciphertext)


def test_altered_or_moved_ciphertext_is_refused() -> None:
    cipher = TokenCipher(OLD)
    ciphertext = cipher.encrypt("a", b"plain")
    for damaged in (
        ciphertext[:-1],
        ciphertext[:5],
        b"",
        ciphertext[:-1] + bytes([ciphertext[-1] ^ 1]),
        b"\x01" + ciphertext[1:],
    ):
        with pytest.raises(TokenKeyMismatch):
            cipher.decrypt("a", damaged)
    with pytest.raises(TokenKeyMismatch):
        cipher.decrypt("b", ciphertext)


def test_key_does_not_show() -> None:
    cipher = TokenCipher(OLD)
    assert OLD not in repr(cipher)
    assert cipher.encrypt("a", b"plain")[9:] != cipher.encrypt("a", b"plain")[9:]
