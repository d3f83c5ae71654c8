"""Where a process spends its CPU time, sampled by py-spy from outside so that it runs at its own speed."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

SKIPPED = ("<module>", "run (asyncio", "_run_module", "_run_code", "run_until_complete", "run_forever", "main (")


async def profile(pid: int, seconds: float, top: int = 12) -> list[str]:
    """The functions most time is spent in, themselves and with all they call. Raises RuntimeError without py-spy."""
    beside = Path(sys.executable).with_name("py-spy")
    binary = str(beside) if beside.exists() else shutil.which("py-spy")
    if binary is None:
        raise RuntimeError("py-spy is not installed: pip install -e '.[bench]'")
    with tempfile.TemporaryDirectory() as directory:
        raw = Path(directory) / "stacks"
        recorder = await asyncio.create_subprocess_exec(
            binary,
            *("record", "--format", "raw", "--rate", "250", "--nonblocking", "--output", str(raw)),
            *("--duration", str(max(1, round(seconds))), "--pid", str(pid)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await recorder.communicate()
        if recorder.returncode or not raw.exists():
            raise RuntimeError(f"py-spy: {errors.decode(errors='replace').strip()}")
        return summary(raw.read_text(), top)


def summary(stacks: str, top: int) -> list[str]:
    """From folded stacks to lines such as `12.3% itself  31.0% in all  function (file)`."""
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
        return ["no samples: the process did nothing"]
    own = [
        f"{itself[name] / total:5.1%} itself  {within[name] / total:5.1%} in all  {name}"
        for name, _ in itself.most_common(top)
    ]
    callers = [
        f"{within[name] / total:5.1%} in all  {name}"
        for name, _ in within.most_common(3 * top)
        if name not in dict(itself.most_common(top)) and not any(each in name for each in SKIPPED)
    ]
    return [*own, *callers[:top]]


def _bare(frame: str) -> str:
    """`name (path/to/file.py:12)` without the line, the path shortened to its last two parts."""
    name, _, place = frame.partition(" (")
    path = place.rstrip(")").rpartition(":")[0] or place.rstrip(")")
    return f"{name} ({'/'.join(path.split('/')[-2:])})" if path else name
