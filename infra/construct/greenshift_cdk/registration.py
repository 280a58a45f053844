"""The registration: what the owner of a service declares once, kept in SSM."""

import json
from collections.abc import Mapping

from aws_cdk import Stack, Token
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from greenshift_cdk.names import registration_parameter

LIMIT_BYTES = 8192
"""Of an advanced parameter."""

_TOKEN_BYTES = 256  # an ARN or a URL that only the deploy knows


class Registration(Construct):
    """`/greenshift/services/<service>`; raises ValueError when the document does not fit."""

    def __init__(
        self, scope: Construct, construct_id: str, *, service: str, document: Mapping[str, object]
    ) -> None:
        super().__init__(scope, construct_id)
        size = _size(document)
        if size > LIMIT_BYTES:
            raise ValueError(
                f'the registration of service "{service}" has about {size} bytes and SSM takes '
                f"{LIMIT_BYTES}; register fewer functions, metrics or environment keys"
            )
        ssm.StringParameter(
            self,
            "Parameter",
            parameter_name=registration_parameter(service),
            string_value=Stack.of(self).to_json_string(document),
            tier=ssm.ParameterTier.ADVANCED,
            description=f"What Greenshift may release of the service {service}, and how",
        )


def _size(document: object) -> int:
    """The bytes of the JSON, each value that only the deploy knows counted as 256."""
    if isinstance(document, Mapping):
        return sum(len(json.dumps(k)) + 2 + _size(v) for k, v in document.items()) + 2
    if isinstance(document, list):
        return sum(_size(value) + 1 for value in document) + 2
    if Token.is_unresolved(document):
        return _TOKEN_BYTES
    return len(json.dumps(document, ensure_ascii=False).encode())
