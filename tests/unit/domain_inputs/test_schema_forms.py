"""The published JSON Schemas: valid, described, and with the forms that the domain reads by."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from both_judges import KINDS, schema_of
from jsonschema import Draft202012Validator

from handlers.domain.hooks.hook import POINTS
from handlers.domain.reading import forms
from handlers.domain.release.bake_section import BAKE_KEYS
from handlers.domain.release.check_forms import METHODS, HttpForm, MessageForm
from handlers.domain.release.compare_section import Mode
from handlers.domain.release.versions import SEMANTIC_VERSION


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_valid_and_describes_every_property(kind: str) -> None:
    schema = schema_of(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]
    for name, inner in _properties(schema):
        described = inner | schema["$defs"].get(inner.get("$ref", "").rpartition("/")[2], {})
        assert described.get("description"), name


def _properties(schema: object) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        conditions = {"if", "then", "not", "oneOf", "anyOf", "allOf"}
        for name, inner in schema.get("properties", {}).items():
            yield name, inner
        for key, inner in schema.items():
            if key not in conditions:
                yield from _properties(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _properties(inner)


@pytest.mark.parametrize(
    ("kind", "path", "pattern"),
    [
        ("release", "properties/service", forms.SERVICE.pattern),
        ("release", "properties/release", SEMANTIC_VERSION),
        ("release", "properties/functions/propertyNames", forms.FUNCTION_KEY.pattern),
        ("release", "$defs/source/properties/code", forms.CODE_PATH.pattern),
        ("release", "$defs/source/properties/image", forms.IMAGE.pattern),
        ("release", "$defs/overlay/properties/layers/items", forms.LAYER.pattern),
        ("release", "$defs/check/properties/event", forms.EVENT_PATH.pattern),
        ("release", "$defs/check/properties/save/propertyNames", forms.VARIABLE.pattern),
        ("release", "$defs/check/properties/save/additionalProperties", forms.ANSWER_PATH.pattern),
        ("release", "$defs/message/properties/source", forms.NAMED.pattern),
        ("release", "$defs/expect/properties/schema", forms.EVENT_PATH.pattern),
        ("release", "$defs/compare/properties/name", forms.SHORT_NAME.pattern),
        ("release", "$defs/compare/properties/requests", forms.RECORDING_PATH.pattern),
        ("release", "$defs/compare/properties/safe/items", forms.SAFE_KIND.pattern),
        ("release", "$defs/compare/properties/ignore/items", forms.ANSWER_FIELD.pattern),
        ("release", "$defs/compare/properties/headers/items", forms.HEADER.pattern),
        ("release", "$defs/http/properties/path", forms.HTTP_PATH.pattern),
        ("release", "$defs/http/properties/headers/propertyNames", forms.HEADER.pattern),
        ("registration", "properties/service", forms.SERVICE.pattern),
        ("registration", "properties/alias", forms.ALIAS.pattern),
        ("registration", "properties/environmentKeys/items", forms.ENVIRONMENT_KEY.pattern),
        ("registration", "$defs/hook/properties/function", forms.HOOK_FUNCTION.pattern),
        ("registration", "$defs/metric/properties/name", forms.METRIC_KEY.pattern),
        ("registration", "$defs/metric/properties/function", forms.FUNCTION_KEY.pattern),
        ("registration", "$defs/metric/properties/namespace", forms.NAMESPACE.pattern),
        ("registration", "$defs/metric/properties/total", forms.METRIC.pattern),
        ("registration", "$defs/metric/properties/failed", forms.METRIC.pattern),
        ("registration", "$defs/metric/properties/succeeded", forms.METRIC.pattern),
        ("registration", "$defs/metric/properties/versionDimension", forms.DIMENSION.pattern),
        (
            "registration",
            "$defs/metric/properties/dimensions/propertyNames",
            forms.DIMENSION.pattern,
        ),
        (
            "registration",
            "$defs/metric/properties/dimensions/additionalProperties",
            forms.DIMENSION_VALUE.pattern,
        ),
        ("registration", "$defs/database/properties/secretArn", forms.ARN.pattern),
        ("registration", "$defs/database/properties/clusterArn", forms.CLUSTER.pattern),
        ("registration", "$defs/database/properties/role", forms.ROLE.pattern),
        ("registration", "$defs/database/properties/host", forms.HOST.pattern),
        ("registration", "$defs/tables/properties/tables/propertyNames", forms.TABLE_KEY.pattern),
        (
            "registration",
            "$defs/tables/properties/tables/additionalProperties",
            forms.DYNAMO_NAME.pattern,
        ),
        ("request", "$defs/recover/properties/execution", forms.EXECUTION.pattern),
    ],
)
def test_patterns_are_those_of_the_domain(kind: str, path: str, pattern: str) -> None:
    at = schema_of(kind)
    for part in path.split("/"):
        at = at[part]
    assert at["pattern"] == f"^{pattern}$"


def test_choices_are_those_of_the_domain() -> None:
    release = schema_of("release")
    assert tuple(release["$defs"]["http"]["properties"]["method"]["enum"]) == METHODS
    assert tuple(release["$defs"]["http"]["properties"]["as"]["enum"]) == get_args(HttpForm)
    assert tuple(release["$defs"]["message"]["properties"]["as"]["enum"]) == get_args(MessageForm)
    assert tuple(release["$defs"]["compare"]["properties"]["as"]["enum"]) == get_args(HttpForm)
    assert tuple(release["$defs"]["compare"]["properties"]["mode"]["enum"]) == get_args(Mode)
    assert tuple(release["properties"]["bake"]["properties"]) == BAKE_KEYS
    assert tuple(schema_of("registration")["properties"]["hooks"]["properties"]) == POINTS
    names = release["$defs"]["overlay"]["properties"]["environment"]["propertyNames"]["allOf"]
    assert set(names[1]["not"]["enum"]) == forms.RESERVED_ENVIRONMENT_KEYS
    registered = schema_of("registration")["properties"]["functions"]["additionalProperties"]
    called = registered["properties"]["calls"]["propertyNames"]
    assert set(called["not"]["enum"]) == forms.RESERVED_ENVIRONMENT_KEYS
