"""Which versions of a function can still be called: a contract may break none of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.domain.findings import Finding

_AGAIN = "then start the contract again"


@dataclass(frozen=True, slots=True)
class Source:
    """An event source, and the alias or version that it calls."""

    name: str
    qualifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What leads to the versions of one function: by alias the versions that it serves, and the
    event sources.
    """

    aliases: Mapping[str, frozenset[str]]
    sources: tuple[Source, ...]


def judge_reach(live: Mapping[str, Any], reach: Mapping[str, Reach]) -> list[Finding]:
    """A finding for each way to another version than the live release's; `live` is the ledger's
    release of record, `reach` is by Lambda's name of the function.
    """
    return [
        finding
        for key, function in sorted(live["functions"].items())
        for finding in _judge(
            function["name"],
            live["alias"],
            str(live["versions"][key]),
            live["release"],
            reach[function["name"]],
        )
    ]


def _judge(name: str, alias: str, version: str, release: str, reach: Reach) -> Iterator[Finding]:
    ours = f"{release} is version {version}"
    served = reach.aliases.get(alias, frozenset())
    if served != {version}:
        what = f"it serves {_versions(served)}, and {ours}"
        back = f"point {alias} back at version {version} with `greenshift repair`"
        do = f"{back if served else 'deploy the stack, which makes it'}; {_AGAIN}"
        yield Finding("AliasNotWhole", f"{name}:{alias}", what, do)
    for other, versions in sorted(reach.aliases.items()):
        if other != alias and versions - {version}:
            what = f"this alias serves {_versions(versions)}, and {ours}"
            do = f"delete it, or point it at version {version}; {_AGAIN}"
            yield Finding("OtherVersionReachable", f"{name}:{other}", what, do)
    for source in reach.sources:
        called = reach.aliases.get(source.qualifier, frozenset({source.qualifier}))
        if source.qualifier != alias and called - {version}:
            what = f"{source.name} calls {name}:{source.qualifier}, and {ours}"
            do = f"point it at {name}:{alias}; {_AGAIN}"
            yield Finding("OtherVersionReachable", f"{name}:{source.qualifier}", what, do)


def _versions(versions: frozenset[str]) -> str:
    if not versions:
        return "nothing"
    return f"version {' and '.join(sorted(versions))}"
