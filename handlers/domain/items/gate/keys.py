"""Keys: those of tables and indexes never change, and what is written must fit them."""

from collections.abc import Iterator, Mapping, Sequence

from handlers.domain.items.changes import IndexKey
from handlers.domain.items.gate.say import NEW_NAME, at, types
from handlers.domain.items.shapes import Shape
from handlers.domain.items.table import Table
from handlers.domain.schema.gate.findings import GateFinding

_IMMUTABLE = "a key never changes: make another table or index, and move to it release by release"


def judge_keys(
    blue: Sequence[Shape], green: Sequence[Shape], tables: Mapping[str, Table]
) -> Iterator[GateFinding]:
    """Green's keys against the tables as they will be, and against blue's where a table is not
    known.
    """
    for shape in green:
        table = tables.get(shape.table)
        if table is None:
            yield from _judge_against(shape, blue)
            continue
        keys: Sequence[IndexKey] = table.keys
        if shape.index is not None:
            if shape.index not in table.indexes:
                yield at(
                    shape,
                    "index",
                    rule="index-missing",
                    breaks=f"{table.name} has no index {shape.index}, and no migration adds it",
                    remedy="add it by an expand migration (addIndex), in this release or before",
                )
                continue
            keys = table.indexes[shape.index].index.keys
        yield from _judge_key(shape, keys, shape.index or table.name)
        yield from _judge_index_types(shape, table)


def _judge_key(shape: Shape, keys: Sequence[IndexKey], name: str) -> Iterator[GateFinding]:
    real = {key.name: key.type for key in keys}
    wrong = {each for each in shape.key.items() if real.get(each[0]) != each[1]}
    by_query = shape.does == "reads" and keys[0].name in shape.key
    if wrong or not (by_query or shape.key.keys() == real.keys()):
        told = ", ".join(f"{key} {type_}" for key, type_ in real.items())
        yield at(
            shape,
            "key",
            rule="key-changed",
            breaks=f"the key of {name} is {told}, and this declares another",
            remedy=_IMMUTABLE,
        )


def _judge_index_types(shape: Shape, table: Table) -> Iterator[GateFinding]:
    """What DynamoDB refuses to write: a value of another type in a key of an index."""
    if shape.does == "reads":
        return
    real = table.key_types()
    for attribute, declared in shape.attributes.items():
        if attribute in real and declared.types != {real[attribute]}:
            yield at(
                shape,
                shape.does,
                attribute,
                rule="index-key-type",
                breaks=f"{attribute} is a key of an index of {table.name} in the type "
                f"{real[attribute]}, and DynamoDB refuses to write it as {types(declared.types)}",
                remedy=f"write {real[attribute]}, or leave it out of the item; for another type, "
                f"{NEW_NAME}",
            )


def _judge_against(shape: Shape, blue: Sequence[Shape]) -> Iterator[GateFinding]:
    for other in blue:
        if (other.table, other.index) != (shape.table, shape.index):
            continue
        both = shape.key.keys() & other.key.keys()
        retyped = any(shape.key[name] != other.key[name] for name in both)
        whole = "reads" not in (shape.does, other.does) and shape.key.keys() != other.key.keys()
        if retyped or whole or not both:
            yield at(
                shape,
                "key",
                rule="key-changed",
                breaks=f"blue has another key of {shape.index or shape.table} "
                f"({other.path}:{other.line('key')})",
                remedy=_IMMUTABLE,
            )
            return
