"""How a command ends: the exit codes that scripts go by, and the sentences for people."""

from collections.abc import Mapping
from typing import Any

DONE, USAGE, REJECTED, ROLLED_BACK, NEEDS_ATTENTION, SUPERSEDED, GAVE_UP = range(7)
INTERRUPTED = 130

EXIT_CODES = """\b
Exit codes:
  0  released, or nothing to do; for rollback, stop, recover and repair: back on blue, as asked
  1  wrong usage, or not possible from here (credentials, unknown service)
  2  rejected: nothing was begun, the findings say why
  3  rolled back: every function is on blue again
  4  needs attention: not every function could be put back; mend it, then recover
  5  superseded by a release that was asked for later
  6  gave up waiting or watching; the deployment goes on
  130  interrupted; the deployment goes on"""
"""The epilog of every help text; click's marker keeps its lines apart."""

_OF_OUTCOME = {
    "Released": DONE,
    "NothingToDo": DONE,
    "Rejected": REJECTED,
    "RolledBack": ROLLED_BACK,
    "NeedsAttention": NEEDS_ATTENTION,
}


class Finished(Exception):
    """The command is over and has said what it had to say."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


class Complaint(Exception):
    """The command cannot go on; one sentence says why and what to do."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.sentence, self.code = sentence, code


def exit_code(answer: Mapping[str, Any], *, back_is_asked: bool = False) -> int:
    """The exit code of a deployment's answer; a rollback that was asked for is a success, and one
    that gave way to a later one has a code of its own.
    """
    if back_is_asked and answer["outcome"] == "RolledBack":
        return DONE
    if "supersededBy" in answer and answer["outcome"] in ("RolledBack", "Rejected"):
        return SUPERSEDED
    return _OF_OUTCOME.get(answer["outcome"], NEEDS_ATTENTION)


def back_code(answer: Mapping[str, Any]) -> int:
    """The exit code where going back was asked of what runs or was left open: Rejected is what a
    deployment ends with that had begun nothing, and so it is done.
    """
    return DONE if answer["outcome"] == "Rejected" else exit_code(answer, back_is_asked=True)
