"""A published version, as ListVersionsByFunction has it, and which versions it names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from handlers.domain.green.identity import Marked, marked

LATEST = "$LATEST"
_NAMED = re.compile(r":function:([A-Za-z0-9_-]+):([0-9]+)(?![A-Za-z0-9_-])")


class Version(NamedTuple):
    """A published version: Lambda's name of its function, and its number."""

    function: str
    number: str

    def __str__(self) -> str:
        return f"{self.function}:{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One version (or `$LATEST`): the marker of ours that it carries, None where it has none; its
    `size` in bytes of Lambda's code storage, which images do not use; when it was made, ISO 8601;
    and the versions that its environment names, None where the environment cannot be read.
    """

    id: Version
    description: str = ""
    size: int = 0
    at: str = ""
    names: frozenset[Version] | None = frozenset()
    durable: bool = False

    @property
    def marked(self) -> Marked | None:
        """By which release Greenshift published it, None where Greenshift did not."""
        return marked(self.description)


def published(configuration: Mapping[str, Any]) -> Published:
    """What pruning takes of one function configuration.

    https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
    """
    environment = configuration.get("Environment") or {}
    variables = (environment.get("Variables") or {}).values()
    return Published(
        id=Version(configuration["FunctionName"], configuration["Version"]),
        description=configuration.get("Description") or "",
        size=configuration.get("CodeSize") or 0,
        at=configuration.get("LastModified") or "",
        names=None if environment.get("Error") else named_in(variables),
        durable=bool(configuration.get("DurableConfig")),
    )


def named_in(texts: Iterable[str]) -> frozenset[Version]:
    """Every version that is named by its ARN somewhere in the texts, also inside an API's URI or a
    JSON document.
    """
    return frozenset(Version(*found) for text in texts for found in _NAMED.findall(text))
