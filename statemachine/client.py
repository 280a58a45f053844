"""Deployments from the outside: started, followed, stopped and rolled back."""

import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.bundles import Uploaded
from handlers.adapters.clock import iso, now
from handlers.domain.schema.contracts import due, pending
from statemachine.connection import Clients, Connection
from statemachine.following import Observation
from statemachine.problems import NothingRuns, NotUploaded, UnknownService
from statemachine.stage import GOING_BACK
from statemachine.status import ServiceStatus, drifts_of, functions_of, way_back
from statemachine.uploads import Uploads, bundle_key
from statemachine.watching import Watching


class Deployments:
    """The deployments of the account and region that `client` leads to; it makes a boto3 client by
    its name.

    `poll_seconds` is the pause between two looks. Raises NoDeployer when there is no Greenshift.
    """

    def __init__(self, client: Clients, *, poll_seconds: float = 1.0) -> None:
        self._on = Connection(client)
        self.deployer = self._on.deployer
        self._watching = Watching(self._on, poll_seconds=poll_seconds)
        self._uploads = Uploads(self._on, poll_seconds=poll_seconds)

    def start(self, service: str, request: Mapping[str, Any]) -> str:
        """Starts the service's state machine and answers the execution's ARN.

        A call that the SDK repeats starts one execution: its name is drawn here. Raises
        UnknownService.
        """
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        name = f"{_word(request)}-{stamp}-{secrets.token_hex(3)}"
        try:
            started = self._on.executions.start(self.deployer.start_at(service), name, request)
        except ClientError as error:
            if code_of(error) in ("StateMachineDoesNotExist", "ResourceNotFound", "InvalidArn"):
                raise UnknownService(self.deployer.unknown(service)) from error
            raise
        return started or self.deployer.execution(service, name)

    def deploy(self, service: str, request: Mapping[str, Any]) -> str:
        """Starts a deployment of `request`'s release, or of `latest`. Raises NotUploaded."""
        release = str(request["release"])
        key = bundle_key(service, release)
        if release != "latest" and self._on.bundles.newest(key) is None:
            self._on.registration(service)
            raise NotUploaded(
                f"release {release} of {service} is not uploaded (there is no "
                f"s3://{self.deployer.bucket}/{key}): upload and release it with "
                f"`greenshift deploy {service} {release} --bundle FILE`"
            )
        return self.start(service, request)

    def deploy_bundle(self, service: str, release: str, bundle: Path) -> str:
        """Uploads a bundle and answers the execution that releases it: the one that its upload
        started, or else one started by name.
        """
        self._on.registration(service)
        started = self._uploads.released(service, release, bundle)
        return started or self.start(service, {"release": release})

    def upload(self, service: str, release: str, bundle: Path) -> Uploaded:
        """Puts a bundle into the bucket, where the service's S3 rule releases it; answers key and
        version.
        """
        return self._uploads.put(service, release, bundle)

    def follow(
        self, execution: str, *, timeout_seconds: float | None = None
    ) -> Iterator[Observation]:
        """Looks until the deployment has ended and the service is whole; see Watching.follow."""
        return self._watching.follow(execution, timeout_seconds=timeout_seconds)

    def answer(self, execution: str, *, timeout_seconds: float | None = None) -> dict[str, Any]:
        """What the deployment answered, waiting for its end; see Watching.answer."""
        return self._watching.answer(execution, timeout_seconds=timeout_seconds)

    def newest(self, service: str) -> str:
        """The execution of the deployment that runs, or of the one that ran last. Raises
        UnknownService and NothingRuns.
        """
        claim = self._on.claims.of(service)
        if claim is None:
            self._on.registration(service)
            raise NothingRuns(
                f"{service} was never deployed: upload a bundle, and start with "
                f"`greenshift deploy {service} RELEASE`"
            )
        return claim.execution

    def rollback(self, service: str) -> str:
        """Starts the way back to the release before the live one; answers the execution's ARN."""
        return self.start(service, {"action": "rollback"})

    def repair(self, service: str) -> str:
        """Starts the repair of the aliases that are not on the release of record; answers the
        execution's ARN.
        """
        return self.start(service, {"action": "repair"})

    def contract(self, service: str) -> str:
        """Starts the contract of the live release; answers the execution's ARN."""
        return self.start(service, {"action": "contract"})

    def told_to_stop(self, service: str, rollback: str) -> str | None:
        """The execution that this rollback found running and told to go back by itself, if any."""
        claim = self._on.claims.of(service)
        if claim is None or claim.execution == rollback:
            return None
        stop = self._on.journal.signals(claim.deployment).get("stop", {})
        return claim.execution if stop.get("by") == rollback else None

    def stop(self, service: str, reason: str) -> str | None:
        """Stops the execution that holds the service's claim and answers its ARN; None when nothing
        runs.

        The recovery rule then puts the service back whole, which `follow` waits for. A rollback, a
        repair and a recovery are left to finish: they already do what is asked.
        """
        claim = self._on.claims.of(service)
        if claim is None or claim.closed:
            self._on.registration(service)
            return None
        record = self._on.journal.deployment(claim.deployment) or {}
        recovering = record.get("execution") != claim.execution
        if record.get("action") not in GOING_BACK and not recovering:
            self._on.executions.stop(claim.execution, reason)
        return claim.execution

    def flips(self, deployment: str) -> list[dict[str, Any]]:
        """Every move of an alias that the deployment made, in order, with its weight and its epoch
        second.
        """
        return [flip for flip in self._on.journal.flips(deployment) if "at" in flip]

    def verdicts(self, deployment: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A deployment's record and the newest verdict of each of its steps, with the evidence; of
        a service's newest deployment where a service is named. Raises UnknownService and
        NothingRuns.
        """
        claim = self._on.claims.of(deployment)
        named = claim.deployment if claim else deployment
        record = self._on.journal.deployment(named)
        if record is None:
            raise NothingRuns(
                f"there is no deployment {deployment}: give its name, such as "
                "orders-1.1.0-20261123T101502Z-7f3a, or the service for its newest"
            )
        return record, self._on.journal.verdicts(named)

    def status(self, service: str) -> ServiceStatus:
        """How the service stands. Raises UnknownService."""
        registration = self._on.registration(service)
        live, claim = self._on.journal.live(service), self._on.claims.of(service)
        functions = functions_of(registration, self._on.aliases)
        rollback_to, rollback_until = way_back(live, iso(now()))
        contracts = self._on.contracts.of(service)
        held = (self._on.journal.deployment(claim.deployment) or {}) if claim else {}
        running = claim is not None and not claim.closed
        return ServiceStatus(
            service=service,
            live=live,
            functions=functions,
            alias=registration.alias,
            drifts=drifts_of(functions, live, registration.alias),
            rollback_to=rollback_to,
            rollback_until=rollback_until,
            contracts=pending((live or {}).get("contracts", ()), contracts),
            contracts_after=due(live, contracts),
            running=self._watching.observe(claim.execution) if claim and running else None,
            last=held.get("answer"),
        )


def _word(request: Mapping[str, Any]) -> str:
    """How an execution's name begins: version or action, in letters that a name may have."""
    word = str(request.get("release") or request.get("action") or "deploy")
    return "".join(each if each.isalnum() or each in ".-" else "-" for each in word)[:48]
