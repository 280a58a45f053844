"""What this release has made so far: blue does not know it, and nobody waits for its locks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from handlers.domain.schema.gate.facts import Facts
from handlers.domain.schema.gate.rules.names import parts

PUBLIC = "public"
TEMPORARY = "pg_temp"


@dataclass(slots=True)
class Release:
    """What the statements judged so far have made, by kind and key; a key is a qualified name, and
    where it belongs to a relation the relation's key before it.
    """

    facts: Facts
    schema: str = PUBLIC
    _made: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)
    _bodies: dict[tuple[str, ...], str] = field(default_factory=dict)

    def begin_file(self) -> None:
        """Forgets what SET said: settings last for their file."""
        self.schema = PUBLIC

    def key(self, name: Sequence[str]) -> tuple[str, ...]:
        """A qualified name in full: an unqualified one with the schema that it would be made in,
        unless it is a temporary relation's.
        """
        if len(name) > 1:
            return tuple(name[-2:])
        temporary = (TEMPORARY, *name)
        return temporary if self.made("relation", temporary) else (self.schema, *name)

    def relation(self, relation: Mapping[str, Any]) -> tuple[str, ...]:
        """The key of a RangeVar."""
        return self.key(parts(relation))

    def make(self, kind: str, key: Sequence[str]) -> None:
        """Notes that the release has made this."""
        self._made.setdefault(kind, set()).add(tuple(key))

    def unmake(self, kind: str, key: Sequence[str]) -> None:
        """Notes that it is gone again."""
        self._made.get(kind, set()).discard(tuple(key))

    def made(self, kind: str, key: Sequence[str]) -> bool:
        """Whether the release has made this."""
        return tuple(key) in self._made.get(kind, ())

    def new(self, relation: Mapping[str, Any]) -> bool:
        """Whether the release has made this relation, so that blue does not know it."""
        return self.made("relation", self.relation(relation))

    def make_relation(self, relation: Mapping[str, Any], *, unless_exists: bool = False) -> None:
        """Notes a new relation. One that is made unless it exists is new where the facts know that
        it did not exist.
        """
        temporary = relation.get("relpersistence") == "t"
        key = (TEMPORARY, relation["relname"]) if temporary else self.relation(relation)
        if not unless_exists or self.absent(key) or self.made("schema", key[:1]):
            self.make("relation", key)

    def absent(self, table: Sequence[str]) -> bool:
        """Whether the facts know that there is no such table."""
        columns = self.facts.columns
        return columns is not None and ".".join(table) not in columns

    def types(self, table: Sequence[str]) -> Mapping[str, str] | None:
        """The types of the table's columns before the release, None where they are not known."""
        columns = self.facts.columns
        return None if columns is None else columns.get(".".join(table))

    def rename(self, key: Sequence[str], name: Sequence[str]) -> None:
        """Carries everything that is noted of a relation over to its new name."""
        old, new = tuple(key), tuple(name)
        for kind, keys in self._made.items():
            if kind in ("schema", "type", "function"):
                continue
            moved = {each for each in keys if each[: len(old)] == old}
            keys.difference_update(moved)
            keys.update((*new, *each[len(old) :]) for each in moved)

    def made_parts(self, kind: str, key: Sequence[str]) -> tuple[str, ...]:
        """What the release has made of this kind on one relation."""
        return tuple(
            each[-1] for each in self._made.get(kind, ()) if each[: len(key)] == tuple(key)
        )

    def note_body(self, key: Sequence[str], body: str) -> None:
        """Keeps the body of a function that the release makes, for when a migration calls it."""
        self._bodies[tuple(key)] = body

    def body(self, key: Sequence[str]) -> str | None:
        """The body of a function that the release has made or replaced, None for any other."""
        return self._bodies.get(tuple(key))
