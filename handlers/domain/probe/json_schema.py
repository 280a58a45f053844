"""JSON Schema for checks, draft 2020-12 unless a schema's `$schema` names another.

The library is imported when the first check asks for it, and reads schemas as data: no code is made
of them, and a `$ref` never leaves the file.
"""

import json
from typing import Any, cast

_SHOWN = 200
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_error(schema: object) -> str | None:
    """What is wrong with the schema itself in a few words; None when it can be used."""
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - see the module
    from jsonschema.validators import validator_for  # noqa: PLC0415

    if not isinstance(schema, dict):
        return "a JSON Schema for a check is an object"
    validator = validator_for({"$schema": _DRAFT, **schema}, default=cast(Any, None))
    if validator is None:
        return f"$schema {json.dumps(schema['$schema'])[:80]} is no draft that is known"
    try:
        validator.check_schema(schema)
    except SchemaError as error:
        return f"{error.json_path}: {error.message}"[:_SHOWN]
    return _outside(schema)


def schema_failures(schema: Any, found: Any) -> list[str]:
    """In which places the JSON is not what the schema describes, each in a few words."""
    from jsonschema.validators import validator_for  # noqa: PLC0415 - see the module
    from referencing import Registry  # noqa: PLC0415
    from referencing.exceptions import Unresolvable  # noqa: PLC0415

    validator = validator_for(schema)(schema, registry=Registry())
    try:
        errors = sorted(validator.iter_errors(found), key=lambda each: each.json_path)
    except Unresolvable as error:
        return [f"the schema refers to {error.ref}, which is not in it"]
    return [f"{each.json_path}: {each.message}"[:_SHOWN] for each in errors]


def _outside(schema: object) -> str | None:
    """The first `$ref` that leaves the file."""
    for each in _objects(schema):
        reference = each.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            return f"$ref {json.dumps(reference)[:80]} leaves the file: write it under $defs"
    return None


def _objects(value: object) -> Any:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item)
