"""What AWS says of a service's functions before a deployment."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.functions.aliases import Aliases
from handlers.adapters.functions.event_sources import event_sources
from handlers.adapters.functions.functions import Functions
from handlers.domain.consumers.source import EventSource
from handlers.domain.green.pins import is_pinned
from handlers.domain.registration.preflight import TAG, FunctionFacts
from handlers.domain.registration.registration import Registration

_AT_ONCE = 4


class Facts:
    """Reads the Lambda API; changes nothing."""

    def __init__(self, lambda_client: Any, functions: Functions, aliases: Aliases) -> None:
        self._lambda, self._functions, self._aliases = lambda_client, functions, aliases

    def of_all(self, registration: Registration) -> dict[str, FunctionFacts]:
        """The facts of each registered function; who owns it is the ledger's to say."""
        keys = list(registration.functions)
        names = [registration.functions[key].name for key in keys]
        sources = event_sources(self._lambda, names)
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            found = pool.map(
                lambda key, name: self._of(registration, key, name, sources[name]), keys, names
            )
        return dict(zip(keys, found, strict=True))

    def _of(
        self, registration: Registration, key: str, name: str, sources: Sequence[EventSource]
    ) -> FunctionFacts:
        known = self._functions.read(name)
        if known is None:
            return FunctionFacts(name=name, exists=False)
        latest = known["Configuration"]
        alias = self._aliases.read(name, registration.alias)
        blue = self._functions.configuration(name, alias.version) if alias else latest
        return FunctionFacts(
            name=name,
            exists=True,
            arn=latest["FunctionArn"],
            service_tag=(known.get("Tags") or {}).get(TAG),
            blue=alias.version if alias else None,
            weights=alias.weights if alias else None,
            same_role=latest["Role"] == blue["Role"],
            same_dead_letters=_dead_letters(latest) == _dead_letters(blue),
            same_machine=latest.get("Architectures") == blue.get("Architectures"),
            bare_triggers=tuple(self._bare_triggers(name, sources)),
            ordered_sources=tuple(
                each.arn or "a self-managed event source"
                for each in sources
                if alias and each.qualifier == registration.alias and each.keeps_order
            ),
            sources=tuple(sources),
            dead_letters=_dead_letters(latest),
            alias_has_provisioned_concurrency=alias is not None
            and self._functions.provisioned_concurrency(name, registration.alias) is not None,
            timeout_seconds=max(latest["Timeout"], blue["Timeout"]),
            memory_mb=blue["MemorySize"],
            log_group=_logging(latest).get("LogGroup") or f"/aws/lambda/{name}",
            logs_reports=_logging(latest).get("SystemLogLevel") != "WARN",
            logs_starts=_logging(latest).get("LogFormat") != "JSON"
            or _logging(latest).get("SystemLogLevel") == "DEBUG",
            by_alias=tuple(_by_alias(registration, key, blue)),
        )

    def _bare_triggers(self, name: str, sources: Sequence[EventSource]) -> Iterator[str]:
        """Event sources, permissions and a function URL on the unqualified function. One that is
        disabled counts: it can be enabled at any moment.
        """
        for source in sources:
            if source.is_bare:
                disabled = "" if source.enabled else "disabled "
                yield f"the {disabled}event source {source.arn or 'of its own management'}"
        try:
            policy = json.loads(self._lambda.get_policy(FunctionName=name)["Policy"])
        except ClientError as error:
            _absent(error)
        else:
            for statement in policy.get("Statement", []):
                principal = statement.get("Principal", {})
                who = (
                    principal.get("Service") or principal.get("AWS")
                    if isinstance(principal, dict)
                    else principal
                )
                yield f"{who} (permission {statement.get('Sid', 'without a name')})"
        try:
            url = self._lambda.get_function_url_config(FunctionName=name)["FunctionUrl"]
            yield f"the function URL {url}"
        except ClientError as error:
            _absent(error)


def _by_alias(registration: Registration, key: str, blue: Mapping[str, Any]) -> Iterator[str]:
    """The peers of which blue's environment names no version."""
    variables = (blue.get("Environment") or {}).get("Variables") or {}
    for variable, peer in registration.functions[key].calls.items():
        if not is_pinned(variables.get(variable), registration.functions[peer].name):
            yield peer


def _dead_letters(configuration: Mapping[str, Any]) -> str | None:
    return (configuration.get("DeadLetterConfig") or {}).get("TargetArn")


def _logging(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    return configuration.get("LoggingConfig") or {}


def _absent(error: ClientError) -> None:
    if code_of(error) != "ResourceNotFoundException":
        raise error
