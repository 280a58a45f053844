"""The zip that every phase runs from: `handlers/` and its dependencies, from the lock file, by uv.

Reproducible: same files, same lock file and same target give the same bytes, so the digest is the
identity of the code. Kept in `build/`, so that a second synth makes nothing.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import uv

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "bundles"

# What the Lambda runtime has (boto3) and what only the command line needs.
_NOT_IN_LAMBDA = ("boto3", "rich", "typer")
# uv writes these three differently from machine to machine, and nothing reads them in Lambda;
# the rest of *.dist-info stays, because scramp asks for its own version.
_NOT_REPRODUCIBLE = frozenset({"RECORD", "INSTALLER", "REQUESTED"})
# Of Powertools we use the Logger: no function is a web API, and the parser wants pydantic.
_NOT_USED = tuple(
    f"aws_lambda_powertools/{name}/"
    for name in ("event_handler", "utilities/auth_alpha", "utilities/parser")
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


class BundlingError(Exception):
    """uv could not make the bundle; the text says which command failed and what uv said."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a bundle runs on: a Python version and uv's name of a platform, `None` for this host."""

    python: str
    platform: str | None

    @property
    def is_host(self) -> bool:
        """Whether this interpreter's bytecode runs on the target."""
        return self.python == f"{sys.version_info.major}.{sys.version_info.minor}"


AWS = Target("3.13", "aarch64-manylinux_2_28")


@dataclass(frozen=True, slots=True)
class LambdaBundle:
    """A zip on disk and the SHA-256 of its bytes in hex."""

    path: Path
    digest: str


def handlers_bundle(target: Target, *, build: Path = BUILD) -> LambdaBundle:
    """Answers the bundle for `target`, made now if its inputs changed since the last time.

    Raises BundlingError. Safe beside another synth: the finished file takes its place at once.
    """
    archive = build / f"handlers-{_inputs_digest(target)[:32]}.zip"
    if not archive.exists():
        build.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=build) as work:
            tree = Path(work) / "tree"
            _install(tree, target)
            shutil.copytree(ROOT / "handlers", tree / "handlers", ignore=_no_bytecode)
            if target.is_host:
                _compile(tree)
            finished = Path(work) / "finished.zip"
            _write_zip(tree, finished)
            finished.replace(archive)
    return LambdaBundle(archive, hashlib.sha256(archive.read_bytes()).hexdigest())


def _inputs_digest(target: Target) -> str:
    digest = hashlib.sha256(f"{target}{sys.version if target.is_host else ''}".encode())
    sources = [p for p in (ROOT / "handlers").rglob("*") if p.is_file() and p.suffix != ".pyc"]
    for path in [ROOT / "uv.lock", ROOT / "pyproject.toml", Path(__file__), *sorted(sources)]:
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(ROOT)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _install(tree: Path, target: Target) -> None:
    requirements = tree.with_suffix(".txt")
    pruned = [word for name in _NOT_IN_LAMBDA for word in ("--prune", name)]
    export = ["export", "--frozen", "--extra", "handlers", "--no-dev", "--no-emit-project"]
    _uv(*export, *pruned, "--quiet", "--output-file", str(requirements))
    install = ["pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    install += ["--requirements", str(requirements), "--target", str(tree)]
    install += ["--python-version", target.python, "--only-binary", ":all:"]
    if target.platform is not None:
        install += ["--python-platform", target.platform]
    try:
        _uv(*install, "--offline")
    except BundlingError:  # not all in uv's cache yet
        shutil.rmtree(tree, ignore_errors=True)
        _uv(*install)


def _uv(*words: str) -> None:
    command = [uv.find_uv_bin(), *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip() or ended.stdout.strip()
        raise BundlingError(f"`uv {' '.join(words[:2])}` failed: {said}")


def _compile(tree: Path) -> None:
    """Bytecode beside each source, as /var/task is read-only: 230 ms less a cold start."""
    words = ["-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run(
        [sys.executable, *words, "-s", str(tree), "-p", "/var/task", str(tree)], check=True
    )


def _write_zip(tree: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as out:
        for name, path in sorted(_shipped(tree)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            out.writestr(entry, path.read_bytes())


def _shipped(tree: Path) -> Iterator[tuple[str, Path]]:
    for path in tree.rglob("*"):
        parts = path.relative_to(tree).parts
        foreign = parts[0] == "bin" or "tests" in parts[:-1]
        bookkeeping = parts[0].endswith(".dist-info") and path.name in _NOT_REPRODUCIBLE
        name = "/".join(parts)
        unread = name.startswith(_NOT_USED) or path.suffix == ".pyi" or path.name.startswith(".")
        if path.is_file() and not foreign and not bookkeeping and not unread:
            yield name, path


def _no_bytecode(_: str, names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__" or name.endswith(".pyc")}
