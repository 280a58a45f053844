"""Which checks can be made, and which at the same time: those that do not wait for each other's
variables.
"""

from collections.abc import Container, Sequence

from handlers.domain.release.checks import Check


def waves(checks: Sequence[Check]) -> list[list[Check]]:
    """The checks in groups; none needs what another one of its group or of a later group saves.

    A check never waits for one below it in release.toml, so there is always an order.
    """
    groups: list[list[Check]] = []
    saved_in: dict[str, int] = {}
    for check in checks:
        number = 1 + max((saved_in[name] for name in check.needs), default=-1)
        if number == len(groups):
            groups.append([])
        groups[number].append(check)
        saved_in |= dict.fromkeys(check.save, number)
    return groups


def that_can_be_made(checks: Sequence[Check], functions: Container[str]) -> list[Check]:
    """The checks whose function is still one of the service's, without those that need what the
    others would save.
    """
    found: list[Check] = []
    saved: set[str] = set()
    for check in checks:
        if check.function in functions and check.needs <= saved:
            found.append(check)
            saved |= check.save.keys()
    return found
