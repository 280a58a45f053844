"""What was contracted of a service's schema, and which releases can no longer live with it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.domain.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The contract of one schema change, by its title `0002_channel`.

    `release` was live when `deployment` ran it. `at` is when it was seen to be `done`; before that
    it is when it was begun, and the contract may have been applied in part.
    """

    title: str
    release: str
    deployment: str
    at: str
    done: bool

    def __str__(self) -> str:
        about = f"a contract of {self.release} ({self.title})"
        if self.done:
            return f"{about} ran on {self.at}"
        return f"{about} was begun on {self.at} and may have been applied in part"


def pending(titles: Iterable[str], known: Iterable[Contract]) -> tuple[str, ...]:
    """The contracts of a release that are not done yet."""
    done = {each.title for each in known if each.done}
    return tuple(title for title in titles if title not in done)


def due(live: Mapping[str, Any] | None, known: Iterable[Contract]) -> str | None:
    """When the live release's contracts may run: at the end of its rollback window; None when none
    is left. `live` is the ledger's release of record.
    """
    left = live is not None and pending(live.get("contracts", ()), known)
    return str(live["rollbackUntil"]) if live is not None and left else None


def begun(
    known: Sequence[Contract], titles: Iterable[str], *, release: str, deployment: str, at: str
) -> tuple[Contract, ...]:
    """What is known from the moment on in which the deployment may apply these contracts: going
    back past them is closed before the first statement is run.
    """
    there = {each.title for each in known}
    new = (
        Contract(title=title, release=release, deployment=deployment, at=at, done=False)
        for title in titles
        if title not in there
    )
    return (*known, *new)


def withdrawn(known: Iterable[Contract], deployment: str) -> tuple[Contract, ...]:
    """What is known once it is certain that the deployment has applied nothing of what it began."""
    return tuple(each for each in known if each.done or each.deployment != deployment)


def finished(
    known: Iterable[Contract], titles: Iterable[str], *, release: str, deployment: str, at: str
) -> tuple[Contract, ...]:
    """What is known once the deployment has seen all these contracts applied."""
    known = tuple(known)
    now = {
        title: Contract(title=title, release=release, deployment=deployment, at=at, done=True)
        for title in pending(titles, known)
    }
    return (*(each for each in known if each.title not in now), *now.values())


def made_before(known: Iterable[Contract], titles: Collection[str]) -> tuple[Contract, ...]:
    """The contracts that a release with these titles was made before: it may need what they
    removed.
    """
    return tuple(each for each in known if each.title not in titles)


def judge_past(known: Iterable[Contract], release: str, titles: Collection[str]) -> list[Finding]:
    """A finding for each contract that the bundle of `release` knows nothing of."""
    return [
        Finding(
            "ContractedPast",
            f"release {release}",
            f"{each}, and this bundle was made before it: its code may need what is gone",
            f"make a new release that has the contract file of {each.title} and does without what "
            "it removes",
        )
        for each in made_before(known, titles)
    ]


def why_no_way_back(known: Iterable[Contract], former: str, titles: Collection[str]) -> str | None:
    """Why nobody can go back to the `former` release, with what to do; None where one can."""
    for each in made_before(known, titles):
        release = former or "the seed"
        return (
            f"{each}: {release} can no longer read the schema; deploy a new release that does what "
            f"{release} did on the schema as it is now"
        )
    return None
