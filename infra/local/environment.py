"""The embedded environment as its users see it: `embedded()` in a program, `up()` for a person."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.local.postgres import Database

START_SECONDS = 90.0
STOP_SECONDS = 300.0
"""It takes a second, and minutes where the machine is busy."""
_CLEARED = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3")


class LocalError(RuntimeError):
    """The environment could not be started, or is not there; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A running environment. `folder` holds its logs; `pids` are its processes, the
    keeper first.
    """

    endpoint_url: str
    region: str
    account: str
    folder: Path
    pids: tuple[int, ...]
    database: Database | None

    def variables(self) -> dict[str, str]:
        """The environment variables with which a subprocess, or its SDK, talks to this and only
        this.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "CDK_DEFAULT_ACCOUNT": self.account,
            "CDK_DEFAULT_REGION": self.region,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def process_environment(self) -> dict[str, str]:
        """This process's environment with `variables()` over it and other AWS settings removed."""
        inherited = {name: value for name, value in os.environ.items() if name not in _CLEARED}
        return {**inherited, **self.variables()}

    @contextmanager
    def work_folder(self) -> Iterator[Path]:
        """A folder for the length of a `with` block, inside the environment's own: it goes with
        that one, however the process ends.
        """
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="work-") as work:
            yield Path(work)

    def client(self, service: str) -> Any:
        """A boto3 client of the service, bound to this environment whatever the
        machine's settings.
        """
        from botocore.config import Config

        settings = Config(proxies={}, max_pool_connections=50, s3={"addressing_style": "path"})
        with _making_clients:
            return _session().client(
                service,
                endpoint_url=self.endpoint_url,
                region_name=self.region,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=settings,
            )


_making_clients = threading.Lock()
"""A session makes one client at a time, https://docs.aws.amazon.com/boto3/latest/guide/session.html"""


@cache
def _session() -> Any:
    """A session of its own takes a client some 50 ms: it reads all that AWS has."""
    import boto3

    return boto3.session.Session()


@contextmanager
def embedded(
    *, database: bool = True, enforce: bool = False, stock: bool = False, instant: bool = False
) -> Iterator[Environment]:
    """An environment for the length of a `with` block.

    However the block or the process ends, also by SIGKILL, its processes and its folder go too.
    `enforce` denies roles and users what no policy allows them; `client` and `variables` are
    the account's root. `stock` leaves MiniStack uncorrected: for the tests of the corrections.
    `instant` lets functions take an update at once: for tests that are not about waiting for it.
    """
    folder = Path(tempfile.mkdtemp(prefix="greenshift-local-"))
    switches = {"--enforce": enforce, "--stock": stock, "--instant": instant, "--watch": True}
    keeper = _keeper(folder, {**switches, "--no-database": not database})
    try:
        yield _await(folder, keeper)
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        try:
            keeper.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()
        shutil.rmtree(folder, ignore_errors=True)


def default_folder() -> Path:
    """`$GREENSHIFT_LOCAL`, else `~/.cache/greenshift/local`."""
    chosen = os.environ.get("GREENSHIFT_LOCAL")
    return Path(chosen) if chosen else Path.home() / ".cache" / "greenshift" / "local"


def up(folder: Path | None = None, *, database: bool = True, enforce: bool = False) -> Environment:
    """Starts an environment in the background and leaves it running; one that runs is answered,
    as it was started, and one that is ending is waited for first.
    """
    folder = (folder or default_folder()).absolute()
    running = status(folder)
    if running:
        return running
    if is_ending(folder):
        _await_end(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in ("environment.json", "failure.json"):
        (folder / stale).unlink(missing_ok=True)
    for left in folder.glob("work-*"):
        shutil.rmtree(left, ignore_errors=True)
    keeper = _keeper(folder, {"--enforce": enforce, "--no-database": not database})
    try:
        environment = _await(folder, keeper)
    except BaseException:
        keeper.terminate()
        keeper.wait(STOP_SECONDS)
        raise
    keeper.returncode = 0  # left running on purpose, which Popen would complain of
    return environment


def status(folder: Path | None = None) -> Environment | None:
    """The environment that runs in the folder, or nothing."""
    document = _kept((folder or default_folder()).absolute())
    if document is None or document.get("ending"):
        return None
    environment = _environment(document)
    # After a reboot the process id may be somebody else's; then nothing answers at the port.
    with socket.socket() as probe:
        probe.settimeout(2)
        port = int(environment.endpoint_url.rsplit(":", 1)[1])
        return environment if probe.connect_ex(("127.0.0.1", port)) == 0 else None


def is_ending(folder: Path | None = None) -> bool:
    """Whether what ran in the folder was told to end and is not gone yet."""
    document = _kept((folder or default_folder()).absolute())
    return document is not None and bool(document.get("ending"))


def down(folder: Path | None = None) -> bool:
    """Ends the environment of the folder, waits until it is gone; False when there was none. One
    that is ending already is only waited for.
    """
    folder = (folder or default_folder()).absolute()
    running = status(folder)
    if running is not None:
        os.kill(running.pids[0], signal.SIGTERM)
    elif not is_ending(folder):
        return False
    _await_end(folder)
    return True


def _kept(folder: Path) -> dict[str, Any] | None:
    """What the folder's keeper says of its environment, while it lives."""
    try:
        document: dict[str, Any] = json.loads((folder / "environment.json").read_text())
        os.kill(document["pids"][0], 0)
    except (FileNotFoundError, ProcessLookupError, PermissionError, json.JSONDecodeError):
        return None
    return document


def _await_end(folder: Path) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while document := _kept(folder):
        if time.monotonic() > deadline:
            raise LocalError(
                f"The local environment did not end within {STOP_SECONDS:.0f} s: end its "
                f"processes {', '.join(map(str, document['pids']))} by hand."
            )
        time.sleep(0.05)


def _keeper(folder: Path, switches: Mapping[str, bool]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "infra.local.keeper", "--folder", str(folder)]
    with (folder / "keeper.log").open("ab") as log:
        return subprocess.Popen(
            [*command, *(switch for switch, wanted in switches.items() if wanted)],
            stdin=subprocess.PIPE if switches.get("--watch") else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).parents[2],
            start_new_session=True,
        )


def _await(folder: Path, keeper: "subprocess.Popen[bytes]") -> Environment:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if (folder / "environment.json").exists():
            return _environment(json.loads((folder / "environment.json").read_text()))
        if (folder / "failure.json").exists():
            reason = json.loads((folder / "failure.json").read_text())["reason"]
            raise LocalError(f"The local environment did not start: {reason}")
        if keeper.poll() is not None:
            break
        time.sleep(0.02)
    tail = (folder / "keeper.log").read_text(errors="replace").strip()[-800:]
    raise LocalError(f"The local environment did not start; {folder}/keeper.log ends: {tail}")


def _environment(document: Mapping[str, Any]) -> Environment:
    database = document["database"]
    return Environment(
        endpoint_url=document["endpoint_url"],
        region=document["region"],
        account=document["account"],
        folder=Path(document["folder"]),
        pids=tuple(document["pids"]),
        database=Database(**database) if database else None,
    )
