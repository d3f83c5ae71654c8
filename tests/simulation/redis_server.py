"""The Redis of a world: fakeredis, with the project's scripts compiled once, and the faults of a server.

fakeredis runs the same Lua as a server does (lupa), and its commands and replies are those of Redis 7. It has no memory
limit, persistence or replication, so these are modelled here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha1
from typing import Any

import fakeredis
from fakeredis._helpers import SimpleError
from fakeredis._socket import FakeSocket
from redis.exceptions import OutOfMemoryError, ReadOnlyError

from redis_client.scripts import load_script

ALLOW_OOM = b"#!lua flags=allow-oom"
GROWING = frozenset({b"SET", b"HSET", b"XADD", b"ZADD", b"SADD", b"RPUSH", b"LPUSH", b"HINCRBY", b"INCR", b"XGROUP"})
"""Commands that a full server refuses, of those that the project uses outside its scripts."""
SCRIPTS = (
    *("cancel", "claim", "commit", "enqueue", "merge", "open", "read_intake"),
    *("relay", "release", "renew", "start", "state", "take", "wake"),
)
WRITING = GROWING | {b"DEL", b"HDEL", b"ZREM", b"XACK", b"XDEL", b"XTRIM", b"EXPIRE", b"PUBLISH"}
MAXMEMORY = 1_000_000_000

Hook = Callable[[bytes, Sequence[bytes], Sequence[bytes], Any], None]
"""Called after each script: its text, keys, arguments and reply."""
BeforeHook = Callable[[bytes, Sequence[bytes], Sequence[bytes]], None]
"""Called before each script that is carried out."""


class _Socket(FakeSocket):
    """fakeredis compiles a script and collects Lua's garbage at every call; here a script is compiled once."""

    server: RedisServer

    def publish(self, channel: bytes, message: bytes) -> int:
        self.server.publications += 1
        if self.server.on_publish is not None:
            self.server.on_publish(channel, message)
        return 0

    def eval(self, script: bytes, numkeys: int, *keys_and_args: bytes) -> Any:
        lua = self._get_server_runtime(self._server)
        server: Any = self._server
        server.script_cache[sha1(script, usedforsecurity=False).hexdigest().encode()] = script
        server._lua_current_socket[0] = self
        self._script_resp = 2
        compiled = _compiled(lua, script)
        server._lua_set_keys_argv(lua.table_from(keys_and_args[:numkeys]), lua.table_from(keys_and_args[numkeys:]))
        try:
            result = compiled()
        except SimpleError:
            raise
        except Exception as error:
            raise SimpleError(f"ERR user_script: {error}") from None
        finally:
            self._script_resp = None
        return self._convert_lua_result(result, nested=False)

    def _lua_redis_call(self, lua: Any, expected_globals: set[Any], op: bytes, *args: Any) -> Any:
        function, signature = self._name_to_func(op.decode().lower())
        result = self._run_command(function, signature, [_argument(arg) for arg in args], True)
        return self._convert_redis_result(lua, result)


_COMPILED: dict[tuple[int, bytes], Any] = {}


def _compiled(lua: Any, script: bytes) -> Any:
    key = (id(lua), script)
    if key not in _COMPILED:
        text = script
        if text.startswith(b"#!"):
            text = b"--" + text
        _COMPILED[key] = lua.compile(text)
    return _COMPILED[key]


def _parts(command: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """The keys and the arguments of a script."""
    ends = 3 + int(command[2])
    return command[3:ends], command[ends:]


def _argument(value: Any) -> bytes:
    if type(value) is bytes:
        return value
    if type(value) in (int, float):
        return f"{value:.17g}".encode()
    raise SimpleError("ERR Lua redis lib command arguments must be strings or integers")


@cache
def _shared_server() -> fakeredis.FakeServer:
    """One for the process: starting Lua takes longer than many worlds' commands."""
    return fakeredis.FakeServer(version=(7,))


class RedisServer:
    def __init__(self) -> None:
        self._fake = _shared_server()
        self._fake.dbs.clear()
        self._fake.script_cache.clear()
        self._socket = _Socket(self._fake, 0, client_class=fakeredis.FakeRedis)
        self.clock_offset = 0.0
        """Seconds by which the server's clock is wrong."""
        self.is_full = False
        self.is_down = False
        self.is_read_only = False
        """Whether it is a replica now: its clients are still connected to a demoted primary."""
        self.is_executing = False
        self.before_script: BeforeHook | None = None
        self.publications = 0
        """Messages to channels."""
        self.script_hooks: list[Hook] = []
        self.command_hooks: list[Callable[[Sequence[bytes], Any], None]] = []
        self.on_publish: Callable[[bytes, bytes], None] | None = None
        self._socket.server = self

    def execute(self, command: Sequence[bytes]) -> Any:
        """The reply, or redis-py's exception for an error reply."""
        name = command[0].upper()
        script = self._script_of(name, command)
        if name == b"INFO":
            return self._info()
        if self.is_full and (name in GROWING or (script is not None and self._refused_when_full(script))):
            return OutOfMemoryError("command not allowed when used memory > 'maxmemory'.")
        if self.is_read_only and (name in WRITING or script is not None):
            return ReadOnlyError("You can't write against a read only replica.")
        if script is not None and self.before_script is not None:
            self.before_script(script, *_parts(command))
        self.is_executing = True
        try:
            self._socket._process_command(list(command))
            reply = self._socket.responses.get_nowait()
        finally:
            self.is_executing = False
        if script is not None:
            for hook in self.script_hooks:
                hook(script, *_parts(command), reply)
        for command_hook in self.command_hooks:
            command_hook(command, reply)
        return reply

    def _script_of(self, name: bytes, command: Sequence[bytes]) -> bytes | None:
        if name == b"EVAL":
            return command[1]
        return self._fake.script_cache.get(command[1]) if name == b"EVALSHA" else None

    @staticmethod
    def _refused_when_full(script: bytes) -> bool:
        return not script.startswith(ALLOW_OOM) and any(
            word in script for word in (b"'HSET'", b"'ZADD'", b"'RPUSH'", b"'SET'", b"'SADD'")
        )

    def _info(self) -> bytes:
        used = MAXMEMORY if self.is_full else MAXMEMORY // 2
        text = f"redis_version:7.2.0\r\nmaxmemory:{MAXMEMORY}\r\nused_memory:{used}\r\nmaxmemory_policy:noeviction\r\n"
        return text.encode()

    def cache_scripts(self) -> None:
        """A server in use knows the scripts; a lost reply to their first use would hide their effects."""
        for name in SCRIPTS:
            script = load_script("shop_queue", name)
            self._fake.script_cache[script.digest.encode()] = script.text.encode()

    def peek(self, key: str) -> Any:
        """The value of a key as fakeredis keeps it: a dict, a list or a sorted set; None if there is none."""
        item = self._fake.dbs[0]._dict.get(key.encode())
        return None if item is None else item.value

    def snapshot(self) -> Any:
        """A copy of the data, as currently on the disk or a replica."""
        return copy.deepcopy(self._fake.dbs[0]._dict)

    def restore(self, snapshot: Any, keys: Sequence[str] = ()) -> None:
        """Starts again from a snapshot: later writes, of these keys only if given, and the scripts are gone."""
        before = copy.deepcopy(snapshot)
        if keys:
            names = {key.encode() for key in keys}
            now = self._fake.dbs[0]._dict
            kept = {key: item for key, item in now.items() if key not in names}
            before = kept | {key: item for key, item in before.items() if key in names}
        self._fake.dbs[0]._dict = before
        self._fake.script_cache.clear()
