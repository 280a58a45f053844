"""Where the log of one invocation ends.

AWS: a function that prints nothing is as fast as one that does, and every line belongs to the
invocation that printed it. Stock MiniStack: after each answer it waits up to 50 ms for a log line
that may never come, and a line that comes later is counted to the next invocation. Patch: the
worker script writes an end mark after each invocation, and the reader waits for the mark.
"""

import queue
import time
from typing import Any

from infra.local.patching import replace_once, when_imported

_MARK = "\x1egreenshift-end-of-invocation"
_MARK_SECONDS = 2.0
_STOCK_LOOP = "    while True:\n        line = sys.stdin.readline()\n"
_LOOP = """    _gs_served = False
    while True:
        if _gs_served:
            sys.stderr.flush()
            os.write(2, b"__MARK__\\n")
        _gs_served = True
        line = sys.stdin.readline()
""".replace("__MARK__", "\\x1e" + _MARK[1:])


def apply() -> None:
    """Patches the worker script and the reader of its log."""
    when_imported("ministack.core.lambda_runtime", _patch)


def _patch(runtime: Any) -> None:
    script = runtime._PYTHON_WORKER_SCRIPT
    runtime._PYTHON_WORKER_SCRIPT = replace_once(script, _STOCK_LOOP, _LOOP)
    stock = runtime.Worker._drain_stderr_bounded

    def drain(worker: Any, *arguments: Any, **named: Any) -> str:
        if not worker.config.get("Runtime", "python").startswith("python"):
            return str(stock(worker, *arguments, **named))
        return _until_mark(worker)

    runtime.Worker._drain_stderr_bounded = drain


def _until_mark(worker: Any) -> str:
    lines: list[str] = []
    deadline = time.monotonic() + _MARK_SECONDS
    while time.monotonic() < deadline:
        try:
            line: str = worker._stderr_queue.get(timeout=0.05)
        except queue.Empty:
            if not worker._stderr_thread.is_alive():
                break
            continue
        text, mark, _ = line.partition(_MARK)
        if text or not mark:
            lines.append(text)
        if mark:
            break
    return "\n".join(lines)
