"""The functions of a release, each imported as Lambda would: from its own files, as `index`."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.sample.build import function_files

CONTEXT = SimpleNamespace(function_name="orders", function_version="7")
Handler = Callable[[dict[str, Any]], dict[str, Any]]


class Release:
    """A function of a release with its modules, which are gone again after the test."""

    def __init__(self, folder: Path, function: str, version: str) -> None:
        for name, content in function_files(function, version).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        self.modules = {path.stem for path in folder.glob("*.py")}
        self.folder = folder
        self.index = self._import("index")
        self.parts = {name: sys.modules[name] for name in self.modules if name in sys.modules}
        for name in self.parts:
            del sys.modules[name]

    def _import(self, name: str) -> Any:
        assert not self.modules & sys.modules.keys()
        sys.path.insert(0, str(self.folder))
        try:
            return importlib.import_module(name)
        finally:
            sys.path.remove(str(self.folder))

    def __getitem__(self, name: str) -> Any:
        return self.parts[name]

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.index.handler(event, CONTEXT)
        return answer


@pytest.fixture
def release(tmp_path: Path) -> Iterator[Callable[[str, str], Release]]:
    """`release("api", "1.0.0")` is that function."""
    made: list[Release] = []

    def make(function: str, version: str) -> Release:
        made.append(Release(tmp_path / f"{function}-{version}", function, version))
        return made[-1]

    yield make
    for each in made:
        if "database" in each.parts:
            each["database"]._forget()
