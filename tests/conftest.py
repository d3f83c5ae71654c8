"""Fixtures for every test: a real Redis server or cluster, emptied before each test."""

from __future__ import annotations

import functools
import gc
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from redis_client.connect import AnyRedis, connect
from tests.support.examples import FAST_EXAMPLES
from tests.support.redis_cluster import RedisCluster
from tests.support.redis_server import RedisServer
from tests.support.secret_watch import pytest_configure as pytest_configure
from tests.support.secret_watch import pytest_runtest_makereport as pytest_runtest_makereport
from worker.gc_tuning import tune_gc

# A loaded machine is sometimes slow, which is not a fault of the code.
settings.register_profile("thorough", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fast", settings.get_profile("thorough"), max_examples=FAST_EXAMPLES)
# A commit passes or fails for its own reasons, not for examples that another run did not draw.
settings.register_profile("ci", settings.get_profile("thorough"), derandomize=True, print_blob=True)
# There are many mutants: one failing example is enough, and the count must be reproducible.
settings.register_profile(
    "mutants",
    settings.get_profile("thorough"),
    max_examples=30,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
# `.ci/run` passes --hypothesis-profile=ci.
settings.load_profile("fast")


# Most tests use the same keys, and deriving one takes 60 ms of CPU. The modules that derive keys are imported later.
hashlib.scrypt = functools.cache(hashlib.scrypt)

# Many tests run commands and fleets in this process. A cached logger would keep their configuration and hide its lines
# from later tests.
configure_logger = structlog.configure
structlog.configure = lambda **options: configure_logger(**options | {"cache_logger_on_first_use": False})

# Modules and test items live as long as the process. Scanning them again and again takes a fifth of its CPU time.
gc.disable()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Excludes modules that contain only slow tests, whose imports would cost every process of `make test` a second."""
    if config.option.markexpr != "not slow" or not collection_path.name.startswith("test_"):
        return None
    return "\npytestmark = pytest.mark.slow\n" in collection_path.read_text() or None


def pytest_collection_finish() -> None:
    gc.enable()
    tune_gc()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[RedisCluster]:
    with RedisCluster() as cluster:
        yield cluster


@pytest.fixture
def redis_topology(request: pytest.FixtureRequest) -> str:
    """`server` or `cluster`. `ON_SERVER_AND_CLUSTER` of tests/support/redis_topologies.py runs a test on both."""
    return str(getattr(request, "param", "server"))


@pytest.fixture
def redis_url(redis_topology: str, request: pytest.FixtureRequest) -> str:
    """The URL of the session's server or cluster, which is empty."""
    if redis_topology == "cluster":
        cluster: RedisCluster = request.getfixturevalue("redis_cluster")
        for node in cluster.clients():
            node.flushall()
            node.close()
        return cluster.url
    server: RedisServer = request.getfixturevalue("redis_server")
    with BlockingRedis.from_url(server.url) as client:
        client.flushall()
    return server.url


@pytest.fixture
async def redis(redis_url: str, redis_topology: str) -> AsyncIterator[AnyRedis]:
    """A client of the empty server or cluster."""
    client: AnyRedis = connect(redis_url) if redis_topology == "cluster" else Redis.from_url(redis_url)
    yield client
    await client.aclose()
