"""The calls of a deployment, each with a name that is the same in every run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

INVOCATION, ANSWER = "Invocation", "Answer"
"""What Step Functions itself waits for: that the phase's Lambda is called, and what it answers."""
_OF_A_BUNDLE = ("RELEASE", "QUEUE", "QUEUED", "LEFT", "EARLIER", "DEPLOYED")
"""Items whose keys have a digest in them, or a time."""
SQL = "SQL"
"""One statement of the migrator's session with the database."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: of which phase, what it asks, of what, and which of its kind it is, from 1."""

    phase: str
    operation: str
    subject: str
    number: int

    def __str__(self) -> str:
        return f"{self.phase}:{self.operation}:{self.subject}:{self.number}"

    @classmethod
    def read(cls, text: str) -> "Call":
        """The call of that name."""
        phase, operation, subject, number = text.split(":")
        return cls(phase, operation, subject, int(number))

    @property
    def place(self) -> tuple[str, str, str]:
        """What it has in common with the same call of another try."""
        return self.phase, self.operation, self.subject

    def next(self, times: int) -> "Call":
        """The same call, made so many times later."""
        return replace(self, number=self.number + times)


def subject(operation: str, parameters: Mapping[str, Any]) -> str:
    """What a call to AWS is about, without what differs from run to run."""
    if "TransactItems" in parameters:
        return "&".join(_item(next(iter(each.values()))) for each in parameters["TransactItems"])
    if "ExpressionAttributeValues" in parameters and "KeyConditionExpression" in parameters:
        values = parameters["ExpressionAttributeValues"]
        first = values.get(":prefix") or values[":first"]
        return _key(values[":pk"]["S"], first["S"])
    if "Item" in parameters or ("Key" in parameters and isinstance(parameters["Key"], Mapping)):
        return _item(parameters)
    named = parameters.get("Key") or parameters.get("FunctionName") or parameters.get("Name")
    if named is None:
        return "-"
    qualifier = parameters.get("Qualifier")
    name = re.sub(r"[0-9a-f]{64}", "bundle", str(named)).strip("/").rpartition("/")[2]
    return _plain(name + (f"@{qualifier}" if qualifier else ""))


def sql_subject(statement: str) -> str:
    """What a statement is about: its first words."""
    return "-".join(re.findall(r"[A-Za-z_]{2,}", statement)[:4]).lower() or "-"


def _item(request: Mapping[str, Any]) -> str:
    key = request.get("Item") or request["Key"]
    return _key(key["pk"]["S"], key["sk"]["S"])


def _key(pk: str, sk: str) -> str:
    head, _, rest = sk.partition("#")
    kept = "" if head in _OF_A_BUNDLE or not rest else f".{rest}"
    return _plain(f"{pk.partition('#')[0]}.{head}{kept}")


def _plain(text: str) -> str:
    return text.replace(":", ".").replace("#", ".").replace(" ", "-").replace("+", "-") or "-"
