"""Signatures of requests and webhooks.

Algorithm and public test vectors: "Sign your API request" in the partner documentation and docs/platform-facts.md.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

UNSIGNED_PARAMETERS = frozenset({"sign", "access_token"})


def sign_request(
    secret: str, path: str, query: Mapping[str, str], body: bytes = b"", *, multipart: bool = False
) -> str:
    """Return the lowercase hex HMAC-SHA256 of secret + path + sorted query + body + secret, keyed with the secret.

    `query` holds decoded values; `sign` and `access_token` are left out. `body` must be exactly the bytes that are
    sent. A multipart body is not signed.
    """
    parameters = "".join(name + query[name] for name in sorted(query) if name not in UNSIGNED_PARAMETERS)
    text = (secret + path + parameters).encode() + (b"" if multipart else body) + secret.encode()
    # One call of OpenSSL takes half the time of an HMAC object.
    return hmac.digest(secret.encode(), text, "sha256").hex()


def sign_webhook(app_key: str, secret: str, raw: bytes) -> str:
    """Return the `Authorization` header that a genuine webhook with this raw body carries."""
    return hmac.new(secret.encode(), app_key.encode() + raw, hashlib.sha256).hexdigest()
