"""Starts MiniStack with the corrections of this package: `python -m infra.local.emulator`.

Runs until it is told to stop (SIGTERM) or until its standard input ends, which is how it notices
that the process that started it is gone.
"""

import argparse
import os
import signal
import sys
import threading
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

SUPPORTED = "1.5.33"


def refusal() -> str | None:
    """Why this MiniStack cannot be used, in one sentence, or nothing when it can."""
    try:
        found = version("ministack")
    except PackageNotFoundError:
        return f"MiniStack is not installed: install greenshift[local], which pins {SUPPORTED}."
    if found != SUPPORTED:
        return (
            f"MiniStack {found} is installed, but the corrections in infra/local patch the inside "
            f"of {SUPPORTED}: install ministack=={SUPPORTED}."
        )
    return None


def _end_with_standard_input() -> None:
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Serves on 127.0.0.1; the port, the folder and whether to correct come as arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", required=True, help="for everything that it writes")
    parser.add_argument("--stock", action="store_true", help="start MiniStack uncorrected")
    parser.add_argument("--enforce", action="store_true", help="deny what no policy allows")
    parser.add_argument("--instant", action="store_true", help="functions take updates at once")
    arguments = parser.parse_args()
    reason = refusal()
    if reason:
        sys.exit(reason)
    os.environ.update(
        GATEWAY_PORT=str(arguments.port),
        BIND_HOST="127.0.0.1",
        IOT_MTLS_ENABLED="0",
        TMPDIR=arguments.folder,
        AUTH=str(arguments.enforce).lower(),
    )
    if os.getpgrp() == os.getpid():
        threading.Thread(target=_end_with_standard_input, daemon=True).start()
    if not arguments.stock:
        from infra.local.corrections import apply_all

        apply_all()
    if arguments.instant:
        from infra.local import instant_updates

        instant_updates.apply()
    sys.argv = ["ministack"]
    import_module("ministack.app").main()


if __name__ == "__main__":
    main()
