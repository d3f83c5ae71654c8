"""Reads the user that a sign-in proxy names in its headers. Pure."""

from __future__ import annotations

from multidict import CIMultiDictProxy

from web_ui.access.identity import SignInProxy, User, clean_name

MAX_GROUPS = 16_384


class ForeignHeader(Exception):
    """Someone other than the proxy has sent the proxy's headers."""


class NoAccess(Exception):
    """The proxy has named a user who is in no group that may open the web UI."""


def user_from_proxy(proxy: SignInProxy, peer: str | None, headers: CIMultiDictProxy[str]) -> User | None:
    """The user, or None for a request without the proxy's headers. Raises ForeignHeader, NoAccess.

    A repeated header is refused, because one of the two may be the client's.
    """
    names, groups = headers.getall(proxy.user_header, []), headers.getall(proxy.groups_header, [])
    if not names and not groups:
        return None
    if not proxy.is_peer(peer) or len(names) > 1 or len(groups) > 1:
        raise ForeignHeader
    name = clean_name(names[0]) if names else ""
    if not name:
        raise NoAccess
    known = frozenset(part.strip() for part in "".join(groups)[:MAX_GROUPS].split(","))
    role = proxy.role_of(known)
    if role is None:
        raise NoAccess
    return User(name, role)
