"""Where a command's words go: lines for people, or one JSON document a line for scripts."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers.domain.codec import encode
from infra.cli.complaints import complaint
from infra.cli.exits import GAVE_UP, INTERRUPTED, Complaint
from infra.cli.hints import runnable
from infra.cli.progress import show, write
from statemachine.problems import DeploymentsError

if TYPE_CHECKING:
    from rich.console import Console

    from statemachine.following import Observation


class Output:
    """Standard output, in the form that the user chose with --json.

    With `local`, what it says to people names commands with --local; documents are as they are.
    """

    def __init__(self, *, as_json: bool, local: bool = False) -> None:
        self._json, self._local = as_json, local

    @property
    def console(self) -> "Console":
        """Rich's console on standard output; it is plain where that is no terminal."""
        from rich.console import Console

        return Console(highlight=False, emoji=False)

    def say(self, line: str, style: str | None = None) -> None:
        """A line for a person; scripts do not get it."""
        if not self._json:
            write(self.console, runnable(line, local=self._local), style)

    def document(self, document: object) -> None:
        """A document for a script, on one line; people do not get it."""
        if self._json:
            print(json.dumps(encode(document), ensure_ascii=False), flush=True)  # noqa: T201

    def started(
        self, what: str, execution: str, *, behind: str | None = None, **named: str
    ) -> None:
        """Names an execution that is not followed, and how to follow it; `behind` is the deployment
        that holds the service.
        """
        self.document({"execution": execution, **named})
        begun = f"asked for {what}, behind {behind}" if behind else f"started {what}"
        self.say(f"{begun}: {execution}")
        yet = "it waits for its turn, or is refused" if behind else "it may yet be refused"
        self.say(f"{yet}: watch it with `greenshift watch {execution}`")

    def follow(self, execution: str, observations: "Iterable[Observation]") -> "Observation":
        """Shows a deployment until it has ended; for scripts the last line is its answer.

        Ctrl-C, or AWS out of reach, ends the watching and not the deployment: so says the
        Complaint.
        """
        try:
            last = (
                self._documents(observations)
                if self._json
                else show(map(self._told, observations), self.console)
            )
        except KeyboardInterrupt:
            service = execution.split(":")[6].removeprefix("greenshift-")
            raise Complaint(
                f"no longer watching; the deployment goes on: watch it again with `greenshift "
                f"watch {execution}`, or stop it with `greenshift stop {service}`",
                INTERRUPTED,
            ) from None
        except (DeploymentsError, BrokenPipeError):
            raise
        except Exception as error:
            raise Complaint(
                f"{complaint(error).sentence}; nothing was stopped: watch again with "
                f"`greenshift watch {execution}`",
                GAVE_UP,
            ) from error
        return last

    def _told(self, seen: "Observation") -> "Observation":
        """As people are told it: what the ledger has of commands, as they are run here."""
        if not self._local:
            return seen
        stages = tuple(replace(each, told=runnable(each.told, local=True)) for each in seen.stages)
        answer = json.loads(runnable(json.dumps(encode(seen.answer)), local=True))
        reason = runnable(seen.reason, local=True)
        return replace(seen, stages=stages, answer=answer, reason=reason)

    def _documents(self, observations: "Iterable[Observation]") -> "Observation":
        before: Mapping[str, Any] = {}
        last: Observation | None = None
        for last in observations:
            document = encode(last)
            answer, at = document.pop("answer"), document.pop("at")
            if document != before:
                before = document
                self.document({"at": at, **document})
            if answer is not None:
                self.document(answer)
        if last is None:
            raise Complaint("there was nothing to watch")
        return last


def complain(found: Complaint, *, as_json: bool, local: bool) -> None:
    """The sentence on standard error, and for scripts as the last document."""
    sentence = runnable(found.sentence, local=local)
    if as_json:
        document_error(sentence, found.code)
    print(f"greenshift: {sentence}", file=sys.stderr, flush=True)  # noqa: T201


def document_error(sentence: str, code: int | str | None) -> None:
    """The last document for scripts, where a command went wrong."""
    print(json.dumps({"error": sentence, "exitCode": code}), flush=True)  # noqa: T201
