"""A function that cannot be imported: its error's name, and nothing left behind.

AWS: `Runtime.ImportModuleError`, `Runtime.UserCodeSyntaxError` or `Runtime.HandlerNotFound`; for
any other exception at import its class's name; the other environments of the function serve on.
https://github.com/aws/aws-lambda-python-runtime-interface-client/blob/main/awslambdaric/bootstrap.py
Stock MiniStack: `RuntimeError` for all of them; the unpacked code and the process stay for ever (16
GB in ten minutes of load), and the sibling environments are killed. An import that never ends holds
the invocation for ever, where Lambda allows the init ten seconds and tries it once more within the
function's own time-out. Patch: the worker script describes the failure, `_spawn` cleans up,
`invoke` answers.
"""

import json
import shutil
import threading
from typing import Any

from infra.local.patching import replace_once, when_imported

_INIT_SECONDS = 10.0
_STOCK_FAILURE = """    except Exception as e:
        _real_stdout.write(json.dumps({"status": "error", "error": str(e)}) + "\\n")
"""
_FAILURE = """    except Exception as e:
        _gs_type, _gs_text = type(e).__name__, str(e)
        _gs_module = sys.modules.get(module_name)
        if isinstance(e, ImportError):
            _gs_type = "Runtime.ImportModuleError"
            _gs_text = "Unable to import module '%s': %s" % (module_name, e)
        elif isinstance(e, SyntaxError):
            _gs_type = "Runtime.UserCodeSyntaxError"
            _gs_text = "Syntax error in module '%s': %s" % (module_name, e)
        elif _gs_module is not None and not hasattr(_gs_module, handler_name):
            _gs_type = "Runtime.HandlerNotFound"
            _gs_text = "Handler '%s' missing on module '%s'" % (handler_name, module_name)
        sys.stderr.write("[ERROR] %s: %s\\n" % (_gs_type, _gs_text))
        _gs_fault = {"errorMessage": _gs_text, "errorType": _gs_type, "requestId": "",
                     "stackTrace": []}
        _real_stdout.write(json.dumps({"status": "error", "error": json.dumps(_gs_fault)}) + "\\n")
"""


class InitFailed(RuntimeError):
    """The environment could not be initialised; `answer` is what Lambda reports."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer["errorMessage"])
        self.answer = answer


def apply() -> None:
    """Patches the worker script and the worker."""
    when_imported("ministack.core.lambda_runtime", _patch)


def _patch(runtime: Any) -> None:
    script = runtime._PYTHON_WORKER_SCRIPT
    runtime._PYTHON_WORKER_SCRIPT = replace_once(script, _STOCK_FAILURE, _FAILURE)
    spawn, invoke = runtime.Worker._spawn, runtime.Worker.invoke

    def spawn_or_clean_up(worker: Any) -> None:
        limit = _INIT_SECONDS + float(worker.config.get("Timeout", 3))
        watchdog = threading.Timer(limit, lambda: worker._proc and worker._proc.kill())
        watchdog.daemon = True
        watchdog.start()
        try:
            spawn(worker)
        except Exception as failure:
            log = _remove(worker)
            answer = _describe(str(failure), malformed=isinstance(failure, ValueError))
            answer["log"] = log
            raise InitFailed(answer) from failure
        finally:
            watchdog.cancel()

    def invoke_or_report(worker: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return invoke(worker, *arguments, **named)
        except InitFailed as failure:
            answer = dict(failure.answer)
            return {"status": "ok", "log": answer.pop("log"), "raised": answer}

    runtime.Worker._spawn = spawn_or_clean_up
    runtime.Worker.invoke = invoke_or_report


def _remove(worker: Any) -> str:
    process, worker._proc = worker._proc, None
    if process is not None:
        process.kill()
        process.wait()
        worker._stderr_thread.join(1.0)
    log = str(worker._drain_stderr())
    if worker._tmpdir:
        shutil.rmtree(worker._tmpdir, ignore_errors=True)
        worker._tmpdir = None
    return log


def _describe(failure: str, *, malformed: bool) -> dict[str, Any]:
    _, _, detail = failure.partition("Worker init failed: ")
    if detail.startswith("{"):
        return dict(json.loads(detail))
    if malformed:
        return {"errorType": "Runtime.MalformedHandlerName", "errorMessage": "Bad handler"}
    if "exited immediately" in failure:
        return {
            "errorType": "Runtime.ExitError",
            "errorMessage": "Error: Runtime exited without providing a reason",
        }
    return {"errorType": "Runtime.InitError", "errorMessage": failure}
