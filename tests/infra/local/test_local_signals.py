"""Whichever signal ends a command that runs the CDK: none of its processes and folders is left."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import wait
from pathlib import Path
from typing import Any

import pytest

from infra.cli import demo
from infra.local import children

ROOT = Path(__file__).parents[3]
DEAF = """#!/bin/sh
trap '' TERM HUP INT
mktemp "$TMPDIR/cdk-XXXXXX" > /dev/null
sleep 600 &
echo "$$ $!" >> "$CDKS"
wait
"""
"""A `cdk` that never ends, nor does what it has started, and that hears no polite signal."""

DEMO = """
import os, signal
from infra.cli import demo
from infra.local import toolchain
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
toolchain.search_path = lambda: os.environ["FAKE"] + os.pathsep + os.environ["PATH"]
demo.main()
"""
"""It hears every signal, also where these tests were started by something that ignores them."""


def alive(pid: int) -> bool:
    """Whether it is still what these tests have started: numbers of processes are given again."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z" and ("/cdk\0" in command or command.startswith("sleep\0600"))


def until(holds: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_demo_that_is_told_to_end_in_a_cdk_command_leaves_nothing(
    number: signal.Signals, tmp_path: Path
) -> None:
    bin_, temporary, cdks = tmp_path / "bin", tmp_path / "tmp", tmp_path / "cdks"
    bin_.mkdir()
    temporary.mkdir()
    (bin_ / "cdk").write_text(DEAF)
    (bin_ / "cdk").chmod(0o755)
    variables = {"FAKE": str(bin_), "CDKS": str(cdks), "TMPDIR": str(temporary)}
    running = subprocess.Popen(
        [sys.executable, "-c", DEMO],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
    )
    until(lambda: cdks.exists() and len(cdks.read_text().splitlines()) == 2)
    running.send_signal(number)
    told, _ = running.communicate(timeout=90)
    assert running.returncode == 128 + number
    assert "Stopped; the embedded environment is gone." in told
    pids = [int(pid) for pid in cdks.read_text().split()]
    assert len(pids) == 4, "bootstrap and synth run side by side"
    until(lambda: not any(map(alive, pids)))
    until(lambda: not list(temporary.iterdir()))


def test_a_command_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(subprocess.TimeoutExpired):
        children.run(["sh", "-c", script], timeout_seconds=1)
    pid = int((tmp_path / "pid").read_text())
    until(lambda: not alive(pid))


BEGINNING = """
import os, signal, subprocess, sys
from infra.local import children
from infra.local.signals import Signalled, raise_when_signalled

class SlowToBegin(subprocess.Popen):
    def __init__(self, *words, **settings):
        super().__init__(*words, **settings)
        print(self.pid, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)

signal.signal(signal.SIGTERM, signal.SIG_DFL)
subprocess.Popen = SlowToBegin
raise_when_signalled()
try:
    children.run(["sleep", "600"])
except Signalled as signalled:
    sys.exit(signalled.exit_code)
"""
"""It is told to end when its command runs already and its `Popen` has not said so yet."""


def test_a_command_that_is_only_beginning_ends_too() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 128 + signal.SIGTERM, done.stderr
    assert not alive(int(done.stdout))


def test_a_command_that_begins_in_a_thread_when_all_ends_is_ended_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, gone = threading.Event(), threading.Event()

    class SlowToBegin(subprocess.Popen[str]):
        def __init__(self, *words: Any, **settings: Any) -> None:
            super().__init__(*words, **settings)
            begun.set()
            assert gone.wait(30)

    def look_again(*futures: Any, **settings: Any) -> object:
        gone.set()
        return wait(*futures, **settings)

    monkeypatch.setattr(subprocess, "Popen", SlowToBegin)
    monkeypatch.setattr(children, "wait", look_again)
    with (
        pytest.raises(RuntimeError, match="something else"),
        children.beside(children.run, ["sleep", "600"]) as running,
    ):
        assert begun.wait(30)
        raise RuntimeError("something else failed")
    assert running.done()
    assert running.result().returncode != 0


def test_keep_does_not_end_an_environment_that_runs_already(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    class Running:
        folder = tmp_path

    monkeypatch.setattr(demo, "status", Running)
    monkeypatch.setattr(demo, "up", lambda **_: pytest.fail("it was started"))
    monkeypatch.setattr(demo, "down", lambda: pytest.fail("it was ended"))
    monkeypatch.setattr(demo, "raise_when_signalled", lambda: None)
    monkeypatch.setattr(sys, "argv", ["demo", "--keep"])
    with pytest.raises(SystemExit) as ended:
        demo.main()
    assert ended.value.code == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "a local environment runs in" in told
    assert "end it with `.venv/bin/greenshift local down`" in told
