"""The published JSON Schemas and the checks of the domain judge the same documents alike."""

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
import registration_documents
import release_documents
import request_documents
from both_judges import KINDS, changed, domain_accepts, schema_accepts

TABLES = {
    "release": release_documents,
    "registration": registration_documents,
    "request": request_documents,
}


def _all(table: str) -> list[tuple[Any, ...]]:
    return [(kind, *row) for kind, rows in TABLES.items() for row in getattr(rows, table)]


@pytest.fixture
def examples(
    orders_toml: str, orders_registration_json: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    return {
        "release": tomllib.loads(orders_toml),
        "registration": orders_registration_json,
        "request": {"release": "1.4.2"},
    }


def _document(examples: Mapping[str, Any], kind: str, path: str, value: object) -> Any:
    return changed(examples[kind], path, value) if path else value


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_are_good(examples: dict[str, Any], kind: str) -> None:
    assert schema_accepts(kind, examples[kind])
    assert domain_accepts(kind, examples[kind])


@pytest.mark.parametrize(("kind", "path", "value"), _all("GOOD"))
def test_both_accept_what_is_good(
    examples: dict[str, Any], kind: str, path: str, value: object
) -> None:
    document = _document(examples, kind, path, value)
    assert (schema_accepts(kind, document), domain_accepts(kind, document)) == (True, True)


@pytest.mark.parametrize(("kind", "path", "value"), _all("BAD"))
def test_both_refuse_what_is_bad(
    examples: dict[str, Any], kind: str, path: str, value: object
) -> None:
    document = _document(examples, kind, path, value)
    assert (schema_accepts(kind, document), domain_accepts(kind, document)) == (False, False)


@pytest.mark.parametrize(("kind", "rule", "path", "value"), _all("BEYOND_A_SCHEMA"))
def test_the_domain_alone_refuses_what_a_schema_cannot_say(
    examples: dict[str, Any], rule: str, kind: str, path: str, value: object
) -> None:
    document = _document(examples, kind, path, value)
    assert schema_accepts(kind, document), f"{rule}: move it to the table that both judge"
    assert not domain_accepts(kind, document), rule
