"""Builds a release in dist/: the wheel, the image's context, a bill of materials, release notes and SHA256SUMS.

Two builds of a commit give the same bytes: files come from the commit, times from SOURCE_DATE_EPOCH or the commit, and
build tools from build.lock. `--image` also builds the image with buildah.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = Path(sys.executable).parent
HEADING = re.compile(r"^## \[([^]]+)\].*$", re.MULTILINE)
COPY = re.compile(r"^COPY (?!--from)(.+) \S+$", re.MULTILINE)


class ReleaseError(Exception):
    """The message is for the person who builds the release."""


def notes(changelog: str, version: str) -> tuple[str, bool]:
    """Return the release notes, and whether they are those of unreleased changes. Raises ReleaseError."""
    found = list(HEADING.finditer(changelog))
    ends = [each.start() for each in found[1:]] + [len(changelog)]
    sections = {each[1]: changelog[each.end() : end].strip() for each, end in zip(found, ends, strict=True)}
    if unreleased := sections.get("Unreleased"):
        return f"# Changes since {version}\n\n{unreleased}\n", True
    if not sections.get(version):
        raise ReleaseError(f"CHANGELOG.md has no changes under [{version}], the version in pyproject.toml: add them")
    return f"# {version}\n\n{sections[version]}\n", False


def context(source: Path, epoch: int) -> bytes:
    """Return the image's build context as a .tar.gz: what the Dockerfile copies, except what .dockerignore excludes."""
    named = [name for line in COPY.findall((source / "Dockerfile").read_text()) for name in line.split()]
    lines = (source / ".dockerignore").read_text().splitlines()
    left_out = [line for line in lines if line and line[0] not in "#*!"]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(_files(source, ["Dockerfile", ".dockerignore", *named])):
            name = path.relative_to(source).as_posix()
            if any(name.startswith(f"{folder}/") for folder in left_out):
                continue
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = path.stat().st_size, epoch
            entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            with path.open("rb") as content:
                tar.addfile(entry, content)
    return gzip.compress(packed.getvalue(), mtime=epoch)


def _files(source: Path, names: list[str]) -> Iterator[Path]:
    for name in names:
        path = source / name
        yield from [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]


def export(commit: str, target: Path) -> None:
    """Write the files of a commit, so that neither local changes nor ignored files get into a release."""
    archive = _run("git", "-C", str(ROOT), "-c", "tar.umask=0022", "archive", "--format=tar", commit)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(target, filter="data")


def build(commit: str, epoch: int, target: Path) -> bool:
    """Write the release to the empty folder `target`; return whether CHANGELOG.md has unreleased changes."""
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory)
        export(commit, source)
        version = tomllib.loads((source / "pyproject.toml").read_text())["project"]["version"]
        text, unreleased = notes((source / "CHANGELOG.md").read_text(), version)
        (target / "RELEASE-NOTES.md").write_text(text)
        (target / f"tiktok-relist-{version}-image-context.tar.gz").write_bytes(context(source, epoch))
        constraints = ("--build-constraints", str(source / "build.lock"), "--require-hashes")
        tool = str(TOOLS / "uv")
        times = {"SOURCE_DATE_EPOCH": str(epoch)}
        _run(tool, "build", "--quiet", "--wheel", *constraints, "--out-dir", str(target), str(source), **times)
        (target / ".gitignore").unlink(missing_ok=True)  # uv's, for dist/
        bom = target / f"tiktok-relist-{version}.cdx.json"
        project = ("--pyproject", str(source / "pyproject.toml"))
        lock = str(source / "requirements.lock")
        _run(str(TOOLS / "cyclonedx-py"), "requirements", lock, *project, "--output-reproducible", "-o", str(bom))
    return unreleased


def build_image(target: Path, commit: str, epoch: int) -> None:
    """Build the image from the release's own context, as an OCI archive. Raises ReleaseError."""
    if shutil.which("buildah") is None:
        raise ReleaseError("--image needs buildah: install it, or pass the image context to `docker build -`")
    (packed,) = target.glob("*-image-context.tar.gz")
    archive = target / packed.name.replace("-image-context.tar.gz", "-image.tar")
    with tempfile.TemporaryDirectory() as directory:
        with tarfile.open(packed) as tar:
            tar.extractall(directory, filter="data")
        arguments = ("--build-arg", f"COMMIT={commit}", "--build-arg", f"SOURCE_DATE_EPOCH={epoch}")
        layers = ("--timestamp", str(epoch), "--layers=false")
        _run("buildah", "build", "--quiet", *arguments, *layers, "--tag", f"oci-archive:{archive}", directory)


def write_sums(target: Path) -> None:
    files = sorted(path for path in target.iterdir() if path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (target / "SHA256SUMS").write_text("".join(lines))


def _run(*command: str, **environment: str) -> bytes:
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=False)
    if done.returncode:
        raise ReleaseError(f"{Path(command[0]).name} failed:\n{done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--image", action="store_true", help="also build the image with buildah")
    options.add_argument("--into", type=Path, default=ROOT / "dist", help="folder of the release; it is emptied")
    given = options.parse_args()
    try:
        commit = _run("git", "-C", str(ROOT), "rev-parse", "HEAD").decode().strip()
        made = _run("git", "-C", str(ROOT), "log", "-1", "--format=%ct", commit).decode()
        epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or made)
        shutil.rmtree(given.into, ignore_errors=True)
        given.into.mkdir(parents=True)
        if build(commit, epoch, given.into):
            print("CHANGELOG.md has unreleased changes: this is a snapshot. Name their section after the version.")
        if _run("git", "-C", str(ROOT), "status", "--porcelain"):
            print("Changes that are not committed are not part of the release.")
        if given.image:
            build_image(given.into, commit, epoch)
        write_sums(given.into)
    except ReleaseError as error:
        sys.exit(str(error))
    print((given.into / "SHA256SUMS").read_text(), end="")


if __name__ == "__main__":
    main()
