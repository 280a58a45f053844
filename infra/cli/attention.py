"""What of a service is not whole, and the commands that put it right."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from handlers.domain.registration.drift import making
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
    gone = [each for each in found.drifts if each.code == "AliasMissing"]
    made = [making(each.name, found.alias, each.version) for each in gone if each.version]
    mendable = any(each.mendable for each in found.drifts)
    return [*made, *([f"greenshift repair {found.service} --apply"] if mendable else [])]


def points_back(each: "Misplaced") -> str:
    """What points an alias where it belongs, or makes it there again."""
    function = each.function
    if function.version is None:
        return making(function.name, function.alias, each.wanted)
    return (
        f"aws lambda update-alias --function-name {function.name} --name {function.alias} "
        f"--function-version {each.wanted} --routing-config AdditionalVersionWeights={{}}"
    )


def lines(found: "Iterable[Misplaced]") -> Iterator[str]:
    """How each alias is pointed back, for people."""
    for each in found:
        what = f"point {each.key} back" if each.function.version else f"make {each.key}'s again"
        yield f"  {what}: {points_back(each)}"
