"""What of a service is not whole, and the commands that put it right."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from infra.cli.words import one_line, outcome

if TYPE_CHECKING:
    from statemachine.status import Misplaced, ServiceStatus


def sentences(found: "ServiceStatus") -> list[str]:
    """What needs a person, none while a deployment is under way: the aliases may be its doing."""
    if found.running is not None:
        return []
    if (answer := found.attention) is not None:
        return [one_line(f"{answer['deployment']}: {outcome(answer)}: {answer['reason']}")]
    return [
        f"{each.key}: {each.seen}; {each.do(found.service, found.alias)}" for each in found.drifts
    ]


def commands(found: "ServiceStatus") -> list[str]:
    """What can be run as it is, in this order, to put the service right."""
    if found.running is not None:
        return []
    if found.attention is not None:
        return [*map(points_back, found.misplaced), f"greenshift recover {found.service}"]
    mendable = any(each.mendable for each in found.drifts)
    return [f"greenshift repair {found.service} --apply"] if mendable else []


def points_back(each: "Misplaced") -> str:
    """What points an alias where it belongs."""
    function = each.function
    return (
        f"aws lambda update-alias --function-name {function.name} --name {function.alias} "
        f"--function-version {each.wanted} --routing-config AdditionalVersionWeights={{}}"
    )


def lines(found: "Iterable[Misplaced]") -> Iterator[str]:
    """How each alias is pointed back, for people."""
    yield from (f"  point {each.key} back: {points_back(each)}" for each in found)
