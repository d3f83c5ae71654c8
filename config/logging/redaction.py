"""Redacts secrets and personal data in log events, by field name and by pattern.

This is the last line of defence: no code logs such data on purpose. It runs on every line, so text without a
suspicious character costs only one search.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any

MASK = "***"
SECRET_WORDS = frozenset({"token", "tokens", "secret", "cipher", "authorization", "password", "sign", "signature"})
PERSONAL_WORDS = frozenset({"email", "phone", "mobile", "address", "buyer", "recipient", "seller", "contact"})
KEPT = frozenset({"token_expires_in", "token_account"})
TRUSTED_FIELDS = frozenset({"timestamp", "level"})
"""Set by the processors before this one, so they contain no foreign text."""
QUOTING = frozenset({"error", "reason", "exception"})
"""Fields that repeat messages of the platform or of exceptions."""
MAX_QUOTING_LENGTH = 300
"""Maximum length of a line of such a field."""
MAX_DEPTH = 6
"""Values nested deeper are masked completely."""

_SECRETS = re.compile(
    r"""
    (?P<name>(?<![a-z])(?i:access_token|refresh_token|app_secret|auth_code|shop_cipher|client_secret|password|page_token
       |x-tts-access-token|token_key(?:_other)?|authorization|sign)["']?\s*[=:]\s*["']?(?:Bearer\s+)?)[^\s"'&,;)}\]]+
    | \b(?:TTP|TTR|TTA|ROW|GCP)_[A-Za-z0-9_-]{6,}        # the platform's tokens, codes and ciphers
    | (?P<scheme>(?<![a-z+])[a-z+]++://)[^\s/@]*:[^\s/@]+@   # a password in an address
    """,
    re.VERBOSE,
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63})+")
_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+\d{1,3}[ .\-]?(?:\(?\d{1,4}\)?[ .\-]?){2,5}\d{2,4}|\(\d{3}\) ?\d{3}-\d{4})(?![\w-])"
)
"""With a country code, or in the American format. Bare digits are product ids."""
_QUOTED = re.compile(r"""(?<!\w)(?:"([^"\n]+)"|'([^'\n]+)'|`([^`\n]+)`|“([^”\n]+)”|‘([^’\n]+)’|«([^»\n]+)»)(?!\w)""")
_HINT = re.compile(r"[@+(=:]|TT[PRA]_|ROW_|GCP_")
_PLAIN = frozenset({int, float, bool, type(None)})


def mask_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that masks secrets anywhere in the event."""
    for name, value in event.items():
        if name in TRUSTED_FIELDS:
            continue
        if _hidden(name):
            event[name] = MASK
        elif type(value) is str:
            if _HINT.search(value):
                event[name] = mask_text(value)
            if name in QUOTING:
                event[name] = mask_quotations(event[name])
        elif type(value) not in _PLAIN:
            event[name] = _masked(value, 1)
    return event


def mask_text(text: str) -> str:
    """Masks secrets, e-mail addresses and phone numbers. Pure."""
    masked = _SECRETS.sub(_without_secret, text)
    if "@" in masked:
        masked = _EMAIL.sub(MASK, masked)
    return _PHONE.sub(MASK, masked)


def mask_quotations(text: str) -> str:
    """Masks quoted text, which may be a seller's title, name or description. Pure.

    Identifiers stay, and so does the code in a traceback. Names cannot be recognised in free text, but messages quote
    the values they repeat. Quoted text with a space or a non-ASCII letter is not a field name.
    """
    lines, deeper = [], None
    for line in text.split("\n"):
        inside = line.lstrip(" |")
        indent = len(line) - len(inside)
        if inside.startswith('File "'):
            deeper = indent
        elif deeper is None or indent <= deeper:
            # Not a line of code, but the message of the exception, or the text of another field.
            deeper = None
            line = _QUOTED.sub(_without_words, line)
            if len(line) > MAX_QUOTING_LENGTH:
                line = line[:MAX_QUOTING_LENGTH] + "..."
        lines.append(line)
    return "\n".join(lines)


def _without_words(found: re.Match[str]) -> str:
    quoted = found[0]
    words = quoted[1:-1]
    return quoted if words.isascii() and " " not in words else f"{quoted[0]}{MASK}{quoted[-1]}"


def _without_secret(found: re.Match[str]) -> str:
    if scheme := found["scheme"]:
        return f"{scheme}{MASK}@"
    return (found["name"] or "") + MASK


def _masked(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return mask_text(value) if _HINT.search(value) else value
    if depth > MAX_DEPTH:
        return MASK
    if isinstance(value, Mapping):
        return {
            name: MASK if isinstance(name, str) and _hidden(name) else _masked(each, depth + 1)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(each, depth + 1) for each in value]
    if isinstance(value, bytes):
        return mask_text(value.decode(errors="replace"))
    return value


@lru_cache(4096)
def _hidden(name: str) -> bool:
    if name in KEPT:
        return False
    words = re.split(r"[_\-. ]", name.lower())
    return not SECRET_WORDS.isdisjoint(words) or not PERSONAL_WORDS.isdisjoint(words)
