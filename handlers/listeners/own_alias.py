"""The custom resource behind `live` and `preview`: makes the alias where it is absent, never moves
one that is there. A preview begins at what the alias `Beside` it serves, and is never adopted:
whoever made an alias of that name has another use for it.

A physical id is `<function>:<alias>` for an alias that was made here, and
`<function>:<alias>:adopted` for one that was found: what was found is left where it is, also when
the stack goes or fails.
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from handlers.adapters.aws import client, in_our_words
from handlers.adapters.cloudformation import Answer, respond
from handlers.adapters.functions.alias_owner import AliasOwner
from handlers.adapters.functions.functions import Functions
from handlers.adapters.ledger.claims import Claims
from handlers.adapters.tools import Tools
from handlers.errors import GreenshiftError, ProvisioningFailed

_log = logging.getLogger("greenshift")
_log.setLevel(logging.INFO)
_ANSWERING_MS = 20_000
"""Kept back of the Lambda's time, so that CloudFormation always gets an answer."""


def handler(event: Mapping[str, Any], context: Any) -> None:
    """What CloudFormation calls; ends with an answer at its URL, whatever happens."""

    def sleep(seconds: float) -> None:
        if context.get_remaining_time_in_millis() < _ANSWERING_MS + seconds * 1000:
            raise ProvisioningFailed(
                "Lambda did not get the function ready in time; deploy the stack again"
            )
        time.sleep(seconds)

    try:
        lambda_client = client("lambda")
        owner = AliasOwner(lambda_client, Functions(lambda_client, sleep))
        answer = own_alias(event, owner, Tools().claims)
    except Exception as error:  # noqa: BLE001 - a stack without an answer hangs until its time-out
        answer = _failed(event, f"{type(error).__name__}: {error}")
    about = {"physicalId": answer.physical_id}
    _log.info("%s: %s", event["RequestType"], answer.reason, extra=about)
    respond(event, answer)


def own_alias(event: Mapping[str, Any], owner: AliasOwner, claims: Claims) -> Answer:
    """Does what CloudFormation asks. Safe to repeat: it looks first, and finds what it left."""
    wanted = event["ResourceProperties"]
    function, alias, service = wanted["FunctionName"], wanted["AliasName"], wanted["Service"]
    beside = wanted.get("Beside")
    try:
        with in_our_words():
            match event["RequestType"]:
                case "Create":
                    return _create(owner, function, alias, service, beside)
                case "Update" if _moved(event):
                    return _create(owner, function, alias, service, beside)
                case "Update":
                    reason = f"{function}:{alias} is Greenshift's to move"
                    return _kept(event["PhysicalResourceId"], alias, reason)
                case _:
                    return _delete(owner, claims, event["PhysicalResourceId"], service)
    except GreenshiftError as error:
        return _failed(event, str(error))


def _moved(event: Mapping[str, Any]) -> bool:
    old, new = event["OldResourceProperties"], event["ResourceProperties"]
    return any(old[key] != new[key] for key in ("FunctionName", "AliasName"))


def _create(
    owner: AliasOwner, function: str, name: str, service: str, beside: str | None
) -> Answer:
    seed = f"greenshift {service} seed"
    alias = owner.find(function, name) or owner.make(function, name, seed, beside)
    where = f"{function}:{name}"
    if alias.weights:
        raise ProvisioningFailed(
            f"{where} splits its traffic between {' and '.join(sorted(alias.versions))}; "
            "end that shift, then deploy the stack again"
        )
    if alias.version == "$LATEST":
        raise ProvisioningFailed(
            f"{where} points at $LATEST, which every upload changes; "
            "point it at a published version, then deploy the stack again"
        )
    ours = alias.description.startswith(f"greenshift {service} ")
    if beside is not None and not ours:
        raise ProvisioningFailed(
            f"{where} exists, and Greenshift has not made it; delete it or register the service "
            "without a preview, then deploy the stack again"
        )
    if alias.description == seed or beside is not None:
        return _kept(where, name, f"{where} serves version {alias.version}")
    return _kept(f"{where}:adopted", name, f"{where} was found serving version {alias.version}")


def _delete(owner: AliasOwner, claims: Claims, physical_id: str, service: str) -> Answer:
    match physical_id.split(":"):
        case [function, name]:
            pass
        case _:
            reason = "nothing was made here, so nothing is deleted"
            return Answer(ok=True, reason=reason, physical_id=physical_id)
    claim = claims.of(service)
    if claim is not None and not claim.closed:
        reason = f"{physical_id} stays, because {claim.deployment} is deploying {service}"
        return Answer(ok=True, reason=reason, physical_id=physical_id)
    owner.delete(function, name)
    return Answer(ok=True, reason=f"{physical_id} is deleted", physical_id=physical_id)


def _kept(physical_id: str, alias: str, reason: str) -> Answer:
    return Answer(ok=True, reason=reason, physical_id=physical_id, data={"AliasName": alias})


def _failed(event: Mapping[str, Any], reason: str) -> Answer:
    """A failed Create gets an id of its own: the Delete that follows must not find our alias."""
    physical_id = event.get("PhysicalResourceId") or f"not-made-{event['RequestId']}"
    return Answer(ok=False, reason=reason, physical_id=physical_id)
