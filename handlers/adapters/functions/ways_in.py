"""What leads to the versions of a function: its aliases, and the event sources of the account."""

from collections.abc import Iterable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.domain.registration.reach import Reach, Source

_UNQUALIFIED = 7
"""Parts of a function's ARN without a qualifier."""


class WaysIn:
    """Reads the Lambda API; changes nothing."""

    def __init__(self, lambda_client: Any) -> None:
        self._lambda = lambda_client

    def of_all(self, names: Iterable[str]) -> dict[str, Reach]:
        """By function, every alias of it and every event source that calls it.

        The account's event sources are listed once and whole: a listing by function is by one
        qualifier, and which there are is the question.
        """
        wanted = set(names)
        sources: dict[str, list[Source]] = {name: [] for name in wanted}
        pages = self._lambda.get_paginator("list_event_source_mappings").paginate()
        for mapping in (each for page in pages for each in page["EventSourceMappings"]):
            parts = mapping["FunctionArn"].split(":")
            if parts[6] in wanted:
                qualifier = parts[7] if len(parts) > _UNQUALIFIED else "$LATEST"
                named = mapping.get("EventSourceArn") or f"the event source {mapping['UUID']}"
                sources[parts[6]].append(Source(named, qualifier))
        return {
            name: Reach(aliases=dict(self._versions(name)), sources=tuple(sources[name]))
            for name in sorted(wanted)
        }

    def _versions(self, name: str) -> Iterator[tuple[str, frozenset[str]]]:
        try:
            for page in self._lambda.get_paginator("list_aliases").paginate(FunctionName=name):
                for alias in page["Aliases"]:
                    shares = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights")
                    yield alias["Name"], frozenset({alias["FunctionVersion"], *(shares or {})})
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
