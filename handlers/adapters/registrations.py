"""Registrations in SSM, where the service's own stack puts them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of

_PATH = "/greenshift/services"


@dataclass(frozen=True, slots=True)
class RegistrationText:
    """A registration as it was found: its text, the parameter's version, and the text's SHA-256."""

    text: str
    version: int
    hash: str


class Registrations:
    """The parameters `/greenshift/services/<service>`."""

    def __init__(self, ssm: Any) -> None:
        self._ssm = ssm

    def read(self, service: str) -> RegistrationText | None:
        """The service's registration, or None when no stack has registered it."""
        try:
            found = self._ssm.get_parameter(Name=parameter(service))["Parameter"]
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                return None
            raise
        text = found["Value"]
        return RegistrationText(text, found["Version"], hashlib.sha256(text.encode()).hexdigest())

    def all(self) -> Iterator[tuple[str, str]]:
        """Every registered service with its registration's text."""
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=_PATH)
        for page in pages:
            for each in page["Parameters"]:
                yield each["Name"].rpartition("/")[2], each["Value"]


def parameter(service: str) -> str:
    """The name of the parameter that holds the service's registration."""
    return f"{_PATH}/{service}"
