"""Which AWS a command talks to: the one of the usual AWS settings, or the local environment."""

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from infra.cli.exits import Complaint
from infra.local import environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.credentials import ReadOnlyCredentials

    from handlers.adapters.signed_http import SignedHttp
    from statemachine.client import Deployments
    from statemachine.connection import Clients

_KEYS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")
POLL_SECONDS = 1.0
"""The pause between two looks at a deployment."""


def deployments(*, local: bool) -> "Deployments":
    """The deployments of the account and region in use.

    `local` takes the environment that `greenshift local up` started, and no AWS setting counts.
    Without it the SDK's own settings decide: profile, region, keys, AWS_ENDPOINT_URL.
    """
    from statemachine.client import Deployments

    return Deployments(_local() if local else _account(), poll_seconds=POLL_SECONDS)


def signer(*, local: bool) -> "tuple[SignedHttp, Callable[[], ReadOnlyCredentials]]":
    """What signs requests to an API of that account and region, and with whose credentials."""
    import boto3

    from handlers.adapters.signed_http import SignedHttp

    settings = {"region_name": os.environ.get("AWS_REGION") or None}
    if local:
        found = _running()
        key, secret = (found.variables()[f"AWS_{name}"] for name in _KEYS)
        settings = {
            "region_name": found.region,
            "aws_access_key_id": key,
            "aws_secret_access_key": secret,
        }
    session = boto3.session.Session(**settings)  # type: ignore[arg-type]
    credentials = session.get_credentials()
    if credentials is None or session.region_name is None:
        raise Complaint("no AWS credentials or region are set: set AWS_PROFILE and AWS_REGION")
    return SignedHttp(session.region_name), credentials.get_frozen_credentials


def _local() -> "Clients":
    return cache(_running().client)


def _running() -> environment.Environment:
    found = environment.status()
    if found is None:
        raise Complaint("no local environment is running: start one with `greenshift local up`")
    return found


def _account() -> "Clients":
    import boto3
    from botocore.config import Config

    from handlers.domain.pruning.outcome import LONGEST_ASKED

    # boto3 alone reads AWS_DEFAULT_REGION only; every other SDK, and Lambda, reads AWS_REGION.
    session = boto3.session.Session(region_name=os.environ.get("AWS_REGION") or None)
    patient = Config(
        retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5, read_timeout=60
    )
    # A prune answers when it has looked at every version.
    more_patient = patient.merge(Config(read_timeout=LONGEST_ASKED + 60))

    @cache
    def client(service: str) -> Any:
        config = more_patient if service == "lambda" else patient
        return session.client(service, config=config)  # type: ignore[call-overload]

    return client
