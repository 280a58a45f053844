"""JSON Schemas in checks: read as data, judged when the bundle is read, never fetched."""

import subprocess
import sys
from typing import Any

import pytest

from handlers.domain.probe.expectation import unmet
from handlers.domain.probe.json_schema import schema_error, schema_failures
from handlers.domain.release.checks import Expectation

ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "items": {"type": "array", "items": {"$ref": "#/$defs/item"}}},
    "unevaluatedProperties": False,
    "$defs": {"item": {"type": "object", "required": ["sku"]}},
}  # fmt: skip


def test_an_answer_that_fits_has_no_failures() -> None:
    assert schema_error(ORDER) is None
    assert schema_failures(ORDER, {"id": "1", "items": [{"sku": "x"}]}) == []


def test_every_place_that_does_not_fit_is_told() -> None:
    found = schema_failures(ORDER, {"items": [{}], "more": 1})
    assert [each.partition(":")[0] for each in found] == ["$", "$", "$.items[0]"]
    assert "$: 'id' is a required property" in found
    assert "'sku' is a required property" in found[-1]


def test_a_failure_is_cut_to_what_a_sentence_can_hold() -> None:
    (found,) = schema_failures({"type": "object"}, "x" * 10_000)
    assert len(found) <= 200


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ([], "a JSON Schema for a check is an object"),
        ({"type": "obj"}, "$.type: 'obj'"),
        ({"properties": {"a": {"pattern": "("}}}, "$.properties.a.pattern"),
        ({"$ref": "https://example.com/a.json"}, "leaves the file"),
        ({"$defs": {"a": {"$ref": "b.json"}}}, "leaves the file"),
        ({"$schema": "https://example.com/draft"}, "is no draft that is known"),
    ],
)
def test_a_schema_that_cannot_be_used_is_told(schema: Any, told: str) -> None:
    assert told in str(schema_error(schema))


@pytest.mark.parametrize("draft", ["draft-07/schema#", "draft/2020-12/schema"])
def test_a_schema_may_name_its_draft(draft: str) -> None:
    host = "http" if "07" in draft else "https"
    schema = {"$schema": f"{host}://json-schema.org/{draft}", "type": "object"}
    assert schema_error(schema) is None
    assert schema_failures(schema, 1)


def test_what_the_schema_does_not_define_is_a_failure_and_no_crash() -> None:
    (told,) = schema_failures({"$ref": "#/$defs/gone"}, 1)
    assert told == "the schema refers to /$defs/gone, which is not in it"


def test_an_expectation_has_its_schema_beside_the_rest() -> None:
    found = unmet(
        Expectation(status=200, schema="checks/order.json"),
        status=201, headers={}, body={}, milliseconds=1, schema=ORDER,
    )  # fmt: skip
    assert found == ["status 201 instead of 200", "$: 'id' is a required property"]


def test_a_release_without_schemas_does_not_pay_for_the_library() -> None:
    code = "import handlers.verify_green, handlers.plan, sys; print('jsonschema' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"
