"""Samples where a process spends its CPU time. py-spy samples from outside and does not slow the process down."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent


async def profile(pid: int, seconds: float, top: int = 12) -> list[str]:
    """The functions with the most time, excluding and including their callees. Raises RuntimeError without py-spy."""
    return summary(await stacks_of(pid, seconds), top)


async def stacks_of(pid: int, seconds: float) -> str:
    """Folded stacks of all threads, with full file names. Raises RuntimeError without py-spy."""
    beside = Path(sys.executable).with_name("py-spy")
    binary = str(beside) if beside.exists() else shutil.which("py-spy")
    if binary is None:
        raise RuntimeError("py-spy is not installed; run `pip install -e '.[bench]'`")
    with tempfile.TemporaryDirectory() as directory:
        raw = Path(directory) / "stacks"
        recorder = await asyncio.create_subprocess_exec(
            binary,
            *("record", "--format", "raw", "--rate", "250", "--nonblocking", "--full-filenames", "--output", str(raw)),
            *("--duration", str(max(1, round(seconds))), "--pid", str(pid)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await recorder.communicate()
        if recorder.returncode or not raw.exists():
            raise RuntimeError(f"py-spy: {errors.decode(errors='replace').strip()}")
        return raw.read_text()


def summary(stacks: str, top: int) -> list[str]:
    """Converts folded stacks to lines such as `12.3% itself  31.0% in all  function (file)`.

    The functions with the most self time come first, then the project's functions by total time.
    """
    itself: Counter[str] = Counter()
    within: Counter[str] = Counter()
    total = 0
    for line in stacks.splitlines():
        frames, _, count = line.rpartition(" ")
        names = [_bare(frame) for frame in frames.split(";")]
        samples = int(count)
        total += samples
        itself[names[-1]] += samples
        for name in set(names):
            within[name] += samples
    if not total:
        return ["no samples: the process was idle"]
    leaves = [
        f"{samples / total:5.1%} itself  {within[name] / total:5.1%} in all  {_short(name)}"
        for name, samples in itself.most_common(top)
    ]
    ours = [(name, samples) for name, samples in within.most_common() if _is_ours(name)]
    return [*leaves, *(f"{'':12}  {samples / total:5.1%} in all  {_short(name)}" for name, samples in ours[:top])]


def _bare(frame: str) -> str:
    """`name (path/to/file.py:12)` without the line."""
    name, _, place = frame.partition(" (")
    path = place.rstrip(")")
    return f"{name} ({path.rpartition(':')[0] or path})" if path else name


def _is_ours(name: str) -> bool:
    path = name.partition(" (")[2]
    return path.startswith(str(ROOT)) and "venv" not in path and "console" not in path and "/benchmarks/" not in path


def _short(name: str) -> str:
    function, _, path = name.partition(" (")
    return f"{function} ({'/'.join(path.rstrip(')').split('/')[-2:])})" if path else function
