"""A function sees what Lambda's Python runtime has, and nothing of the machine around it.

AWS: a function imports its own bundle, its layers and the runtime's boto3; its environment holds
its own variables and Lambda's. A dependency missing in the bundle fails at import.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
Stock MiniStack: the function sees every package of the Python that runs the emulator, the checkout
of this project, and the variables of the shell. Patch: the worker script starts with the standard
library, the bundle and boto3 with its dependencies, and with Lambda's variables.
"""

import shutil
import sys
import tempfile
from importlib.util import find_spec
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from infra.local.patching import replace_once, when_imported

RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
_STOCK_START = "    os.environ.update(env)\n    sys.path.insert(0, code_dir)\n"
_START = """    _gs_kept = ("AWS_", "_LAMBDA_", "LAMBDA_", "_MINISTACK_", "_X_AMZN_")
    for _gs_name in list(os.environ):
        if not _gs_name.startswith(_gs_kept) and _gs_name not in ("PATH", "TMPDIR", "LANG"):
            del os.environ[_gs_name]
    os.environ.update({"AWS_EXECUTION_ENV": "AWS_Lambda_python__VERSION__", "TZ": ":UTC",
                       "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "LANG": "en_US.UTF-8",
                       "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/" + init["function_name"],
                       "_HANDLER": module_name + "." + handler_name})
    time.tzset()
    os.environ.update(env)
    import sysconfig as _gs_sysconfig
    _gs_stdlib = {os.path.realpath(_gs_sysconfig.get_path(p)) for p in ("stdlib", "platstdlib")}
    sys.path[:] = [p for p in sys.path if os.path.realpath(p) in _gs_stdlib
                   or os.path.basename(p) == "lib-dynload" or p.endswith(".zip")]
    _gs_own = ("BuiltinImporter", "FrozenImporter", "PathFinder")
    sys.meta_path[:] = [f for f in sys.meta_path if getattr(f, "__name__", "") in _gs_own]
    sys.path.append(__PACKAGES__)
    sys.path.insert(0, code_dir)
"""


def apply() -> None:
    """Patches the worker script and lays out the packages that the runtime offers."""
    when_imported("ministack.core.lambda_runtime", _patch)


def _patch(runtime: Any) -> None:
    packages = Path(tempfile.mkdtemp(prefix="greenshift-lambda-runtime-"))
    # Gone with the process, also with one of a pool, which runs no exit handlers.
    Finalize(None, shutil.rmtree, (packages, True), exitpriority=1)
    for name in RUNTIME_PACKAGES:
        _link(name, packages)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    start = _START.replace("__PACKAGES__", repr(str(packages))).replace("__VERSION__", version)
    script = runtime._PYTHON_WORKER_SCRIPT
    runtime._PYTHON_WORKER_SCRIPT = replace_once(script, _STOCK_START, start)


def _link(name: str, packages: Path) -> None:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{name} is not installed, which every Lambda function has")
    origin = Path(spec.origin)
    source = origin.parent if origin.name == "__init__.py" else origin
    distribution = "python_dateutil" if name == "dateutil" else name
    for path in (source, *source.parent.glob(f"{distribution}-*.dist-info")):
        (packages / path.name).symlink_to(path)
