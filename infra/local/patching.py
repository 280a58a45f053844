"""Tools for patching a module that the emulator imports only when it is first needed."""

import inspect
import sys
import textwrap
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

Patch = Callable[[Any], None]
_waiting: dict[str, list[Patch]] = {}


class _AfterImport(MetaPathFinder):
    """Runs the patches that wait for a module right after the module has been executed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _waiting:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def execute_and_patch(module: ModuleType) -> None:
            execute(module)
            for patch in _waiting.pop(fullname, []):
                patch(module)

        spec.loader.exec_module = execute_and_patch  # type: ignore[method-assign]
        return spec


_finder = _AfterImport()


def when_imported(name: str, patch: Patch) -> None:
    """Calls `patch(module)` now if the module is loaded, else as soon as something imports it."""
    if name in sys.modules:
        patch(sys.modules[name])
        return
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _waiting.setdefault(name, []).append(patch)


def replace_once(text: str, old: str, new: str) -> str:
    """Replaces the one occurrence of `old`; raises `ValueError` when the text is not as known."""
    if text.count(old) != 1:
        raise ValueError(f"MiniStack's text has {text.count(old)} occurrences of {old!r}, not one")
    return text.replace(old, new)


def rewrite(module: Any, function: str, *changes: tuple[str, str]) -> None:
    """Compiles a function of the module again with pieces of its source text replaced."""
    source = textwrap.dedent(inspect.getsource(getattr(module, function)))
    for old, new in changes:
        source = replace_once(source, old, new)
    exec(compile(source, f"<{function} of {module.__name__}, corrected>", "exec"), vars(module))  # noqa: S102
