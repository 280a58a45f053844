"""What botocore's model says of the RDS Data API, for holding the fake against it in both directions."""

from collections.abc import Mapping
from typing import Any

from botocore.session import get_session
from botocore.validate import ParamValidator

_SERVICE = get_session().get_service_model("rds-data")
_OPERATIONS = {
    operation.http["requestUri"]: operation
    for operation in map(_SERVICE.operation_model, _SERVICE.operation_names)
}
# Any AWS service may answer these.
_COMMON = {"ThrottlingException": 400, "ValidationException": 400}


class Failure(Exception):
    """An answer that is an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def too_long(path: str, body: Mapping[str, Any]) -> list[str]:
    """The members of the request that are longer than the service takes; the SDK does not look."""
    members = _OPERATIONS[path].input_shape.members
    return [
        name
        for name, value in body.items()
        if isinstance(value, str) and len(value) > members[name].metadata.get("max", len(value))
    ]


def assert_request(path: str, body: Mapping[str, Any]) -> None:
    """The request has what it must have, and nothing that the service does not know."""
    _assert_shape(body, _OPERATIONS[path].input_shape)


def assert_answer(path: str, answer: Mapping[str, Any]) -> None:
    """The answer is one that the service gives: no other member, one value in each field."""
    _assert_shape(answer, _OPERATIONS[path].output_shape)


def status_of(path: str, code: str) -> int:
    """The HTTP status of an error that the operation has."""
    errors = {shape.name: shape for shape in _OPERATIONS[path].error_shapes}
    assert code in errors or code in _COMMON, f"{path} has no error {code}"
    if code in _COMMON:
        return _COMMON[code]
    status: int = errors[code].metadata["error"]["httpStatusCode"]
    return status


def _assert_shape(value: Mapping[str, Any], shape: Any) -> None:
    report = ParamValidator().validate(dict(value), shape)
    assert not report.has_errors(), report.generate_report()
