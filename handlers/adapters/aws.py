"""AWS clients of a phase, made once for each environment, and AWS's refusals in our own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, ParamValidationError

from handlers.errors import AwsRefused, TransientAws, TransientConflict

_THROTTLED = frozenset(
    {
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceededException",
        "SlowDown",
        "Throttling",
    }
)
_WRITTEN_BETWEEN = frozenset(
    {"ResourceConflictException", "TransactionConflictException", "PreconditionFailedException"}
)


@cache
def client(service: str, *, read_timeout: int = 20, retries: int = 5, connections: int = 10) -> Any:
    """The boto3 client of `service`: `read_timeout` in seconds (a slow Invoke wants more), how
    often the SDK tries again, and how many calls may be under way at once.
    """
    return new_client(service, read_timeout, retries, connections)


def new_client(
    service: str, read_timeout: int = 20, retries: int = 5, connections: int = 10
) -> Any:
    """As `client`, but one of its own, to whose events its owner may listen."""
    config = Config(
        retries={"mode": "standard", "max_attempts": retries},
        connect_timeout=5,
        read_timeout=read_timeout,
        max_pool_connections=connections,
    )
    return boto3.client(service, config=config)  # type: ignore[call-overload]


def code_of(error: ClientError) -> str:
    """AWS's name of the error, such as `ResourceNotFoundException`."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


@contextmanager
def in_our_words() -> Iterator[None]:
    """Raises what AWS could not do as TransientAws or TransientConflict, and what it will not do as
    AwsRefused.
    """
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        sentence = (
            f"{error.operation_name}: {code}: {error.response.get('Error', {}).get('Message', '')}"
        )
        if code in _THROTTLED or status >= 500:
            raise TransientAws(sentence) from error
        if code in _WRITTEN_BETWEEN:
            raise TransientConflict(sentence) from error
        raise AwsRefused(sentence) from error
    except ParamValidationError as error:
        raise AwsRefused(str(error)) from error
    except (HTTPClientError, BotoCoreError) as error:
        raise TransientAws(f"{type(error).__name__}: {error}") from error
