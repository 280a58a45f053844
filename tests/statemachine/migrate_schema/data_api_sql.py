"""One statement of the Data API on PostgreSQL: its parameters, its answer, and what is refused."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from data_api_model import Failure
from pg8000.converters import BIGINT, BOOLEAN, FLOAT, VARCHAR
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection, PreparedStatement

LIMIT, ROW_LIMIT = 1024 * 1024, 64 * 1024
TYPES = {
    "booleanValue": BOOLEAN,
    "doubleValue": FLOAT,
    "isNull": VARCHAR,
    "longValue": BIGINT,
    "stringValue": VARCHAR,
}


def statement(connection: Connection, body: Mapping[str, Any]) -> dict[str, Any]:
    given = {each["name"]: next(iter(each["value"].items())) for each in body.get("parameters", [])}
    values = {name: None if kind == "isNull" else value for name, (kind, value) in given.items()}
    # Prepared, and with the types of its parameters, as the Data API does it: two statements are an
    # error, and nothing is guessed from where a parameter stands.
    types = {name: TYPES[kind] for name, (kind, _) in given.items()}
    prepared = PreparedStatement(connection, body["sql"], types)
    rows = prepared.run(**values)
    if rows is None:
        return {
            "numberOfRecordsUpdated": max(prepared._context.row_count, 0),
            "generatedFields": [],
        }
    records = [[field_of(value) for value in row] for row in rows]
    if len(json.dumps(records)) > LIMIT:
        raise Failure(
            "DatabaseErrorException", "Database returned more than the allowed response size limit"
        )
    if any(len(json.dumps(record)) > ROW_LIMIT for record in records):
        raise Failure("DatabaseErrorException", "Packet for query is too large")
    return {"records": records, "numberOfRecordsUpdated": 0}


def field_of(value: Any) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, bytes):
        return {"blobValue": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return {"arrayValue": array_of(value)}
    return {"stringValue": str(value)}


def array_of(values: list[Any]) -> dict[str, Any]:
    kinds = {type(each) for each in values if each is not None}
    if kinds == {list}:
        raise Failure("UnsupportedResultException", "The result contains a multidimensional array")
    for kind, name in ((bool, "booleanValues"), (int, "longValues"), (float, "doubleValues")):
        if kinds == {kind}:
            return {name: values}
    return {"stringValues": [None if each is None else str(each) for each in values]}


def refusing(do: Callable[[], Any]) -> Any:
    """What PostgreSQL refuses, in the Data API's words."""
    try:
        return do()
    except DatabaseError as error:
        told = error.args[0]
        words = [f"{told['S']}: {told['M']}"]
        words += [
            f"  {name}: {told[key]}"
            for key, name in (("D", "Detail"), ("H", "Hint"), ("P", "Position"))
            if key in told
        ]
        raise Failure(
            "DatabaseErrorException", "\n".join(words) + f"; SQLState: {told['C']}"
        ) from error
