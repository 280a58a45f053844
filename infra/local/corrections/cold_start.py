"""A cold start pays for what the function imports, not for what the emulator would like to have.

AWS: a function that does not use boto3 does not load it. Stock MiniStack: imports botocore before
every function, 0.15 s each, for its guard against functions that call themselves for ever. Patch:
the guard is installed at the moment when the function imports botocore.
"""

from typing import Any

from infra.local.patching import replace_once, when_imported

_STOCK_CALL = "    _ms_install_invoke_depth()\n    try:\n"
_LATER = """    class _GsGuard:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name != "botocore.handlers":
                return None
            from importlib.machinery import PathFinder
            spec = PathFinder.find_spec(name, path, target)
            execute = spec.loader.exec_module
            def execute_and_guard(module):
                execute(module)
                sys.modules["botocore"].handlers = module
                _ms_install_invoke_depth()
            spec.loader.exec_module = execute_and_guard
            return spec
    sys.meta_path.insert(0, _GsGuard)
    try:
"""


def apply() -> None:
    """Patches the worker script."""
    when_imported("ministack.core.lambda_runtime", _patch)


def _patch(runtime: Any) -> None:
    script = runtime._PYTHON_WORKER_SCRIPT
    runtime._PYTHON_WORKER_SCRIPT = replace_once(script, _STOCK_CALL, _LATER)
