"""A hotfix: a release that may not wait, as what is live is broken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotfix:
    """Its reason in one line, and what of blue is red: functions and metrics of the service's own
    by their names, and alarms. Where nothing is, the release is shifted and judged as always.
    """

    reason: str
    red: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()

    @property
    def turns(self) -> bool:
        """Whether the test turns round."""
        return bool(self.red or self.alarms)

    def __str__(self) -> str:
        """How everything that tells of it begins."""
        return f"hotfix: {self.reason}"


def told_of(hotfix: Hotfix | None, reason: str) -> str:
    """The reason of an end, which says whose it was."""
    return reason if hotfix is None else f"{hotfix}; {reason}"
