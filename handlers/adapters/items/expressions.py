"""DynamoDB's expressions, with a placeholder for every name and value: names may be anything."""

from collections.abc import Mapping
from typing import Any


class Expression:
    """Hands out placeholders and keeps what they stand for."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Mapping[str, Any]] = {}

    def name(self, attribute: str) -> str:
        """The placeholder of an attribute, the same each time."""
        return self._names.setdefault(attribute, f"#n{len(self._names)}")

    def value(self, value: Mapping[str, Any]) -> str:
        """A placeholder of a value."""
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = value
        return placeholder

    def parameters(self) -> dict[str, Any]:
        """What the request needs beside the expressions."""
        names = {placeholder: attribute for attribute, placeholder in self._names.items()}
        found: dict[str, Any] = {"ExpressionAttributeNames": names}
        return {**found, "ExpressionAttributeValues": self._values} if self._values else found
