"""Which versions of a function can still be called: a contract may break none of them, but for
what stays at the preview.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from handlers.domain.findings import Finding
from handlers.domain.preview.preview import Preview

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


def judge_reach(
    live: Mapping[str, Any], reach: Mapping[str, Reach], preview: Preview | None
) -> list[Finding]:
    """A finding for each way to another version than the live release's; `live` is the ledger's
    release of record, `reach` is by Lambda's name of the function. The alias of the `preview` is no
    such way, as it keeps a green that went back; an event source that calls it is one.
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
            _alias_of(preview, key),
        )
    ]


def left_at_preview(
    live: Mapping[str, Any], reach: Mapping[str, Reach], preview: Preview | None
) -> list[str]:
    """A sentence for each alias of the preview that leads to another version than the live
    release's.
    """
    served = {
        f"{function['name']}:{alias}": reach[function["name"]].aliases.get(alias, frozenset())
        - {str(live["versions"][key])}
        for key, function in sorted(live["functions"].items())
        if (alias := _alias_of(preview, key)) is not None
    }
    return [
        f"{where} still leads to {_versions(others)}, which may fail on the schema afterwards"
        for where, others in served.items()
        if others
    ]


def _alias_of(preview: Preview | None, key: str) -> str | None:
    return preview.alias if preview is not None and key in preview.functions else None


def _judge(
    name: str, alias: str, version: str, release: str, reach: Reach, preview: str | None
) -> Iterator[Finding]:
    ours = f"{release} is version {version}"
    served = reach.aliases.get(alias, frozenset())
    if served != {version}:
        what = f"it serves {_versions(served)}, and {ours}"
        back = f"point {alias} back at version {version} with `greenshift repair`"
        do = f"{back if served else 'deploy the stack, which makes it'}; {_AGAIN}"
        yield Finding("AliasNotWhole", f"{name}:{alias}", what, do)
    for other, versions in sorted(reach.aliases.items()):
        if other not in (alias, preview) and versions - {version}:
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
