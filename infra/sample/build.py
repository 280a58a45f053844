"""Builds the bundle of a release of `orders`: `python -m infra.sample.build 1.1.0 dist`.

A folder of `releases/` holds what that release adds to or changes in the one before it, so the
folder is the difference to read. A function's zip is `functions/<name>/` with `shared/`, the
statements, the outcome decorator and the driver.
"""

import argparse
import io
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from handlers.domain.bundle.pack import write_bundle

RELEASES = Path(__file__).parent / "releases"
VERSIONS = ("1.0.0", "1.1.0", "1.2.0", "1.3.0")
FUNCTIONS = ("api", "worker")

_OUTCOME = Path(__file__).parents[1] / "outcome" / "greenshift_outcome.py"
# The driver and what it needs beyond Lambda's own packages, which have dateutil. Pure Python.
_VENDORED = ("pg8000", "scramp", "asn1crypto")
# Written differently by each installer, and read by nothing in Lambda.
_NOT_REPRODUCIBLE = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
Files = dict[str, bytes | Path]


def build_release(version: str, target: Path) -> Path:
    """The bundle `<target>/<version>.zip`; the same sources and driver make the same bytes.

    Raises ValueError for an unknown version, or when the driver is not installed.
    """
    target.mkdir(parents=True, exist_ok=True)
    bundle = target / f"{version}.zip"
    write_bundle(release_files(version), bundle)
    return bundle


def release_files(version: str) -> Files:
    """The entries of the bundle by their paths in it."""
    sources = _sources(version)
    files: Files = {
        name: path
        for name, path in sources.items()
        if not name.startswith(("functions/", "shared/"))
    }
    for function in FUNCTIONS:
        files[f"functions/{function}.zip"] = _zip(function_files(function, version))
    return files


def function_files(function: str, version: str) -> Files:
    """The files of a function of the release by their paths in its zip."""
    sources = _sources(version)
    own = (f"functions/{function}/", "shared/")
    files: Files = {_OUTCOME.name: _OUTCOME, **dict(_vendored())}
    for name, path in sources.items():
        if name.startswith("statements/"):
            files[name] = path
        for folder in own:
            if name.startswith(folder):
                files[name.removeprefix(folder)] = path
    return files


def _sources(version: str) -> dict[str, Path]:
    """The files of every release up to `version`, the later over the earlier."""
    if version not in VERSIONS:
        raise ValueError(f"orders has no release {version}; build {', '.join(VERSIONS)}")
    found: dict[str, Path] = {}
    for each in VERSIONS[: VERSIONS.index(version) + 1]:
        folder = RELEASES / each
        found |= {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith("."):
            yield path


def _vendored() -> Iterator[tuple[str, Path]]:
    for name in _VENDORED:
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            raise ValueError(f"{name} is not installed; install greenshift[handlers]") from None
        for file in files:
            outside = file.parts[0] == ".." or file.suffix == ".pyc"
            if not outside and file.name not in _NOT_REPRODUCIBLE:
                yield file.as_posix(), Path(str(file.locate()))


def _zip(files: Files) -> bytes:
    target = io.BytesIO()
    write_bundle(files, target)
    return target.getvalue()


def main() -> None:
    """Builds one release from the command line and prints where it is."""
    parser = argparse.ArgumentParser(description="Builds the bundle of a release of orders.")
    parser.add_argument("version", choices=VERSIONS)
    parser.add_argument("target", type=Path, help="the folder for <version>.zip")
    arguments = parser.parse_args()
    print(build_release(arguments.version, arguments.target))  # noqa: T201


if __name__ == "__main__":
    main()
