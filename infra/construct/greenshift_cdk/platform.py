"""Where Greenshift's own functions run: on AWS, or on the embedded environment."""

import platform
import sys
from dataclasses import dataclass
from typing import Literal

from aws_cdk import aws_lambda as lambda_
from constructs import IConstruct

CONTEXT = "greenshift:platform"

_ARCHITECTURES = {
    "aarch64": lambda_.Architecture.ARM_64,
    "arm64": lambda_.Architecture.ARM_64,
    "x86_64": lambda_.Architecture.X86_64,
    "amd64": lambda_.Architecture.X86_64,
}


@dataclass(frozen=True, slots=True)
class Platform:
    """The Python version and the processor of Greenshift's own functions.

    The context value `greenshift:platform` chooses: `aws` (the default) or `embedded`, which runs
    functions with the Python and on the processor of the machine that synthesises.
    """

    name: Literal["aws", "embedded"]
    python: str
    architecture: lambda_.Architecture

    @classmethod
    def of(cls, scope: IConstruct) -> "Platform":
        """The platform that the app's context names; raises ValueError for an unknown name."""
        name = scope.node.try_get_context(CONTEXT) or "aws"
        if name == "aws":
            return cls("aws", "3.13", lambda_.Architecture.ARM_64)
        if name == "embedded":
            python = f"{sys.version_info.major}.{sys.version_info.minor}"
            return cls("embedded", python, _host_architecture())
        raise ValueError(
            f'the context value {CONTEXT} is "{name}"; '
            'set it to "aws" or "embedded", or leave it out'
        )

    @property
    def runtime(self) -> lambda_.Runtime:
        """The Lambda runtime of that Python version."""
        name = f"python{self.python}"
        return lambda_.Runtime(name, lambda_.RuntimeFamily.PYTHON, supports_inline_code=True)


def _host_architecture() -> lambda_.Architecture:
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise ValueError(
            f'this machine\'s processor is "{machine}", which no Lambda function runs on; '
            "use an arm64 or x86-64 machine"
        )
    return _ARCHITECTURES[machine]
