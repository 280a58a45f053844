"""Attributes: what one version reads, the other goes on writing, and in the same types."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from handlers.domain.items.gate.say import NEW_NAME, at, types
from handlers.domain.items.shapes import Shape
from handlers.domain.schema.gate.findings import GateFinding

Level = Literal[0, 1, 2]
"""How far an attribute is written: never, sometimes, in every item."""


@dataclass(frozen=True, slots=True)
class Kind:
    """All shapes of one version for one kind of item."""

    reads: tuple[Shape, ...]
    puts: tuple[Shape, ...]
    updates: tuple[Shape, ...]

    @property
    def writes(self) -> tuple[Shape, ...]:
        """Whatever writes such items."""
        return (*self.puts, *self.updates)

    def level(self, attribute: str) -> Level:
        """How far the version writes the attribute."""
        declared = [each.of(attribute) for each in self.puts]
        if declared and all(each is not None and not each.optional for each in declared):
            return 2
        written = any(each.of(attribute) for each in self.writes)
        # Who only updates items takes away nothing that is in them.
        return 1 if written or not self.puts else 0


def kind(shapes: Sequence[Shape], name: tuple[str, str]) -> Kind:
    """The shapes of the kind of item among those of a version."""
    mine = [each for each in shapes if each.kind == name]
    reads, puts, updates = (
        tuple(each for each in mine if each.does == does) for does in ("reads", "puts", "updates")
    )
    return Kind(reads, puts, updates)


def judge_attributes(blue: Sequence[Shape], green: Sequence[Shape]) -> Iterator[GateFinding]:
    """Everything in which one version's items would not do for the other, kind by kind."""
    for name in sorted({each.kind for each in blue}):
        old, new = kind(blue, name), kind(green, name)
        if old.puts and old.reads and not new.puts:
            yield at(
                old.reads[0],
                "item",
                rule="item-not-written",
                breaks=f"blue reads items {name[1]} of {name[0]}, and green puts none of them",
                remedy="declare how green puts them, or let blue stop reading them first",
            )
        yield from _judge_types(old, new)
        yield from _judge_missing(old, new)
        yield from _judge_too_early(old, new)


def _judge_types(old: Kind, new: Kind) -> Iterator[GateFinding]:
    for write in new.writes:
        for attribute, declared in write.attributes.items():
            for other in (*old.reads, *old.writes):
                known = other.of(attribute)
                if known is not None and not declared.types <= known.types:
                    does = "reads" if other.does == "reads" else "writes"
                    yield at(
                        write,
                        write.does,
                        attribute,
                        rule="type-changed",
                        breaks=f"{attribute} becomes {types(declared.types)}, and blue {does} it "
                        f"as {types(known.types)} ({_place(other, attribute)})",
                        remedy=NEW_NAME,
                    )
    for read in new.reads:
        for attribute, declared in read.attributes.items():
            for write in old.writes:
                known = write.of(attribute)
                if known is not None and not known.types <= declared.types:
                    yield at(
                        read,
                        "reads",
                        attribute,
                        rule="type-changed",
                        breaks=f"green reads {attribute} as {types(declared.types)}, and blue goes "
                        f"on writing {types(known.types)} ({_place(write, attribute)})",
                        remedy=NEW_NAME,
                    )


def _judge_missing(old: Kind, new: Kind) -> Iterator[GateFinding]:
    for read in old.reads:
        for attribute, declared in read.attributes.items():
            if declared.optional:
                continue
            where = _place(read, attribute)
            for update in new.updates:
                if attribute in update.removes:
                    yield at(
                        update,
                        "removes",
                        rule="attribute-removed",
                        breaks=f"blue reads {attribute}, which this takes away ({where})",
                        remedy="keep it until no version reads it, then remove it by a contract",
                    )
            needed = old.level(attribute) if old.puts else 2
            if new.puts and new.level(attribute) < needed:
                short = next(
                    each
                    for each in new.puts
                    if (known := each.of(attribute)) is None or known.optional
                )
                yield at(
                    short,
                    "puts",
                    attribute,
                    rule="attribute-not-written",
                    breaks=f"blue reads {attribute} ({where}), and items are put without it",
                    remedy="write it until no version reads it, then remove it by a contract",
                )


def _judge_too_early(old: Kind, new: Kind) -> Iterator[GateFinding]:
    for read in new.reads:
        for attribute, declared in read.attributes.items():
            needed_before = any(
                (known := each.of(attribute)) is not None and not known.optional
                for each in old.reads
            )
            if declared.optional or needed_before or not old.puts or old.level(attribute) == 2:
                continue
            yield at(
                read,
                "reads",
                attribute,
                rule="attribute-read-too-early",
                breaks=f"green needs {attribute}, and blue goes on putting items without it",
                remedy="declare it with ? and do without it in this release; need it in the next, "
                "after a backfill",
            )


def _place(shape: Shape, attribute: str) -> str:
    return f"{shape.path}:{shape.line(shape.does, attribute)}"
