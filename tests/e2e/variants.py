"""Bundles of `orders` that the tests release: the sample's own code under versions of their own, good or spoilt."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.sample.build import function_files, release_files, write_bundle

GOOD, BAD = "1.1.0", "1.2.0"
"""The sample's releases whose code a variant has: good, and wrong for one sku in twelve."""

STEPPED = """
[shift]
plan = "steps(25@0.5, 60@0.5, 100@0.5)"
minMinutes = 0.05
[bake]
stratumSeconds = 1
settleSeconds = 2
pTol = 0.05
"""
"""Three steps of seconds, judged on traffic: at 5 % wrong at most, 74 good answers are enough."""

BRISK = """
[shift]
plan = "steps(50@0.5, 100@0.5)"
minMinutes = 0
[bake]
stratumSeconds = 1
settleSeconds = 1
pTol = 0.05
"""
"""Two steps, each over as soon as it is judged: where what happens to a shift is tested, not its pace."""

AT_ONCE = """
[shift]
plan = "steps(100@0.05)"
minMinutes = 0
[bake]
stratumSeconds = 1
settleSeconds = 1
inconclusive = "promote"
"""
"""One step of three seconds, where not the shift is tested."""


def lingering(percent: int = 25, minutes: float = 5.0) -> str:
    """A first step that lasts until somebody ends it."""
    return f"""
[shift]
plan = "steps({percent}@{minutes}, 100@0.05)"
[bake]
stratumSeconds = 1
settleSeconds = 2
pTol = 0.05
"""


RAISES_FOR_CUSTOMERS = b'''
import index_of_the_sample
def handler(event, context):
    """Right for every check; raises for one customer in two."""
    if "x-greenshift-synthetic" not in event["headers"] and hash(context.aws_request_id) % 2:
        raise RuntimeError("green is broken")
    return index_of_the_sample.handler(event, context)
'''
DOES_NOT_IMPORT = b"import a_package_that_nobody_packed\n"
HANGS = b"import time\ndef handler(event, context):\n    time.sleep(60)\n"
SLOW_FIRST_CALL = b"""
import time
import index_of_the_sample
time.sleep(4)
handler = index_of_the_sample.handler
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What a release changes in the sample's: `pace` is its [shift] and [bake], `api` replaces the
    API's entry module (the sample's is beside it as index_of_the_sample), `configuration` the API's
    overlay, `checks` come after the sample's, `migrations` after those of 1.1.0, `toml` is replaced
    in release.toml. `worker` is the worker's files that come to the sample's or replace them; with
    them a release changes both functions.
    """

    base: str = GOOD
    pace: str = AT_ONCE
    api: bytes | None = None
    configuration: str = 'environment = { FEATURE_CHANNEL = "on" }'
    checks: str = ""
    migrations: Mapping[str, bytes] = field(default_factory=dict)
    toml: tuple[tuple[str, str], ...] = ()
    worker: Mapping[str, bytes] = field(default_factory=dict)

    def files(self, version: str) -> dict[str, bytes | Path]:
        """The entries of the bundle under this version."""
        files = release_files(self.base)
        files["release.toml"] = self._toml(version).encode()
        files["functions/api.zip"] = zipped(self._api(version))
        if self.worker:
            files["functions/worker.zip"] = zipped(self._worker(version))
        return files | {f"migrations/{name}": text for name, text in self.migrations.items()}

    def write(self, version: str, folder: Path) -> Path:
        """The bundle `<folder>/<version>.zip`."""
        bundle = folder / f"{version}.zip"
        write_bundle(self.files(version), bundle)
        return bundle

    def _api(self, version: str) -> dict[str, bytes | Path]:
        return self._function("api", version, {} if self.api is None else {"index.py": self.api})

    def _worker(self, version: str) -> dict[str, bytes | Path]:
        return self._function("worker", version, self.worker)

    def _function(
        self, key: str, version: str, own: Mapping[str, bytes]
    ) -> dict[str, bytes | Path]:
        files = function_files(key, self.base)
        files["release.py"] = f'RELEASE = "{version}"\n'.encode()
        if "index.py" in own:
            files["index_of_the_sample.py"] = files["index.py"]
        return files | own

    def _toml(self, version: str) -> str:
        path = release_files(self.base)["release.toml"]
        assert isinstance(path, Path)
        text = path.read_text().partition("# For a demonstration")[0].replace(self.base, version)
        # A machine that others use as well is slower than the sample's checks allow.
        text = re.sub(r", maxMs = \d+", "", text)
        text = text.replace('\nenvironment = { FEATURE_CHANNEL = "on" }', f"\n{self.configuration}")
        for old, new in self.toml:
            assert old in text, f"{old!r} is not in the release.toml of {self.base}"
            text = text.replace(old, new)
        return text + self.checks + self.pace


def check(name: str, *, status: int = 200, path: str = "/health") -> str:
    """One more check of the API, as release.toml has it."""
    http = f'{{ method = "GET", path = "{path}" }}'
    return f'\n[[checks]]\nname = "{name}"\nfunction = "api"\nhttp = {http}\nexpect = {{ status = {status} }}\n'


def zipped(files: Mapping[str, bytes | Path]) -> bytes:
    """The files as a zip, the same bytes for the same files."""
    target = io.BytesIO()
    write_bundle(files, target)
    return target.getvalue()
