"""Whether a service's aliases serve what the release of record left there, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from handlers.domain.findings import Finding


@dataclass(frozen=True, slots=True)
class Served:
    """What the alias of the function `name` serves: `version` is None when there is no alias,
    `weights` are the shares (0 to 1) that other versions take.
    """

    name: str
    version: str | None
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One function whose alias is not whole: what was `seen` of it, and the version of record, None
    where no release has left one.
    """

    code: Literal["AliasMissing", "AliasSplit", "AliasMoved"]
    key: str
    name: str
    seen: str
    version: str | None

    @property
    def mendable(self) -> bool:
        """Whether it is known where the alias belongs, and it is there to be pointed back."""
        return self.version is not None and self.code != "AliasMissing"

    def finding(self, service: str, alias: str) -> Finding:
        """The drift as a refusal says it, with what puts it right."""
        return Finding(
            self.code, f"functions.{self.key} ({self.name})", self.seen, self.do(service, alias)
        )

    def do(self, service: str, alias: str) -> str:
        """What puts it right."""
        if self.code == "AliasMissing":
            return how_to_make(self.name, alias, self.version or "VERSION")
        if self.mendable:
            return f"see with `greenshift repair {service}` what points it back"
        return (
            f"point {alias} at the one version that is good: aws lambda update-alias "
            f"--function-name {self.name} --name {alias} --function-version VERSION "
            "--routing-config AdditionalVersionWeights={}"
        )


def how_to_make(name: str, alias: str, version: str) -> str:
    """The way to an alias that was deleted: the stack of its function does not see that it is gone,
    and a resource policy goes with what it is of.
    """
    return (
        f"make it again with `{making(name, alias, version)}`, and allow again what may call it, "
        "as its permissions went with it"
    )


def making(name: str, alias: str, version: str) -> str:
    """The command that makes the alias."""
    return (
        f"aws lambda create-alias --function-name {name} --name {alias} "
        f"--function-version {version}"
    )


def drifts(alias: str, live: Mapping[str, str], served: Mapping[str, Served]) -> tuple[Drift, ...]:
    """Every function whose alias is missing, split, or not at its version in the release of record.

    `live` has these versions; of a function that is not in it, any one version is right.
    """
    return tuple(
        drift
        for key, each in sorted(served.items())
        if (drift := _drift(alias, key, live.get(key), each)) is not None
    )


def _drift(alias: str, key: str, wanted: str | None, served: Served) -> Drift | None:
    of_record = f", and the release of record left it at {wanted}" if wanted else ""
    if served.version is None:
        return Drift(
            code="AliasMissing",
            key=key,
            name=served.name,
            seen=f"it has no alias {alias}",
            version=wanted,
        )
    if served.weights:
        shares = ", ".join(
            f"{weight:.0%} to version {version}" for version, weight in served.weights.items()
        )
        return Drift(
            code="AliasSplit",
            key=key,
            name=served.name,
            seen=f"its alias {alias} at version {served.version} sends {shares}, and nobody is "
            f"deploying{of_record}",
            version=wanted,
        )
    if wanted in (None, served.version):
        return None
    return Drift(
        code="AliasMoved",
        key=key,
        name=served.name,
        seen=f"its alias {alias} serves version {served.version}{of_record}",
        version=wanted,
    )
