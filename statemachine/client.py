"""Deployments from the outside: started, followed, stopped and rolled back."""

import secrets
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.bundles import Uploaded
from handlers.domain.asking.told import Decision
from handlers.domain.codec import decode
from handlers.domain.consumers.move import Move
from handlers.domain.probe.results import Result, failures
from statemachine.connection import Clients, Connection
from statemachine.dead_letters import Arrived, DeadLetterQueues
from statemachine.following import Observation
from statemachine.holding import Held, Holding, Recovery
from statemachine.problems import NothingRuns, NotUploaded, StillRuns, UnknownService
from statemachine.pruning import prune
from statemachine.standing import Standing
from statemachine.status import Misplaced, ServiceStatus
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
        self._holding = Holding(self._on)
        self._watching = Watching(self._on, poll_seconds=poll_seconds)
        self._dead_letters = DeadLetterQueues(self._on, poll_seconds=poll_seconds)
        self._standing = Standing(self._on, self._holding, self._watching, self._dead_letters)
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

    def deploy_bundle(
        self, service: str, release: str, bundle: Path, *, hotfix: str | None = None
    ) -> str:
        """Uploads a bundle, with the reason of a `hotfix`, and answers the execution that releases
        it: the one that its upload started, or else one started by name.
        """
        self._on.registration(service)
        started = self._uploads.released(service, release, bundle, hotfix=hotfix)
        request = {"release": release} if hotfix is None else {"release": release, "hotfix": hotfix}
        return started or self.start(service, request)

    def plan_bundle(
        self, service: str, release: str, bundle: Path, request: Mapping[str, Any]
    ) -> str:
        """Uploads a bundle that is no release yet and starts the dry run of it that `request` asks
        for. Nothing releases it: its key is none that the S3 rule or `latest` takes.
        """
        self._on.registration(service)
        uploaded = self._uploads.propose(service, release, bundle)
        return self.start(service, {**request, "dryRun": True, "candidate": uploaded.version})

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
        """The execution that holds the service, or else the one that ended last, however it ended;
        see Holding.newest. Raises UnknownService and NothingRuns.
        """
        found = self._holding.newest(service)
        if found is None:
            self._on.registration(service)
            raise NothingRuns(
                f"{service} was never deployed: upload a bundle, and start with "
                f"`greenshift deploy {service} RELEASE`"
            )
        return found

    def began(self, deployment: str) -> str:
        """The execution that began the deployment of this name. Raises NothingRuns."""
        return str(self._recorded(deployment)["execution"])

    def rollback(self, service: str, to: str | None = None) -> str:
        """Starts the way back to the release before the live one, or `to` an earlier one; answers
        the execution's ARN.
        """
        return self.start(service, {"action": "rollback"} | ({"to": to} if to else {}))

    def repair(self, service: str) -> str:
        """Starts the repair of the aliases that are not on the release of record; answers the
        execution's ARN.
        """
        return self.start(service, {"action": "repair"})

    def prune(self, service: str, *, dry_run: bool) -> dict[str, Any]:
        """Has the service's old versions pruned, or tells what a prune would do; see
        pruning.prune. Raises UnknownService and PruneFailed.
        """
        self._on.registration(service)
        return prune(self._on.client("lambda"), service, dry_run=dry_run)

    def contract(self, service: str) -> str:
        """Starts the contract of the live release; answers the execution's ARN."""
        return self.start(service, {"action": "contract"})

    def behind(self, execution: str, service: str) -> str | None:
        """The deployment that holds the service while this execution of it does not, if any."""
        claim = self._on.claims.of(service)
        other = claim is not None and not claim.closed and claim.execution != execution
        return claim.deployment if claim is not None and other else None

    def told_to_stop(self, service: str, rollback: str) -> str | None:
        """The execution that this rollback found running and told to go back by itself, if any."""
        claim = self._on.claims.of(service)
        if claim is None or claim.execution == rollback:
            return None
        stop = self._on.journal.signals(claim.deployment).get("stop", {})
        return claim.execution if stop.get("by") == rollback else None

    def stop(self, service: str, reason: str) -> Held | None:
        """Stops the execution that holds the service's claim; answers who held it, None when nobody
        did.

        The recovery rule then puts the service back whole, which `follow` waits for. A rollback, a
        repair and a recovery are left to finish: they already do what is asked. One that has ended
        has nothing to stop.
        """
        held = self._held(service)
        if held is not None and held.runs and not held.back:
            self._on.executions.stop(held.claim.execution, reason)
        return held

    def decide(
        self, service: str, decision: Decision, reason: str | None = None
    ) -> tuple[str, str] | None:
        """Starts what tells the running deployment a person's decision, in the name of whoever asks
        for it; answers that execution's ARN, and the one that holds the service. None when nothing
        does.
        """
        held = self._held(service)
        if held is None:
            return None
        request = {"action": decision, "deployment": held.claim.deployment}
        told = {"reason": reason, "who": self._on.who}
        request |= {key: value for key, value in told.items() if value}
        return self.start(service, request), held.claim.execution

    def withdraw(self, service: str, release: str) -> str:
        """Starts what takes a release out of the service's queue; answers the execution's ARN."""
        return self.start(service, {"release": release, "withdraw": True})

    def recover(self, service: str) -> Recovery | None:
        """Starts the recovery of what an ended execution left open, or answers the one that is
        under way instead of a second. None when nothing is open. Raises StillRuns.
        """
        held = self._held(service)
        if held is None:
            return None
        deployment, holder = held.claim.deployment, held.claim.execution
        if held.runs and held.back:
            return Recovery(deployment, holder)
        if held.runs:
            raise StillRuns(
                f"{deployment} has not ended, so there is nothing to recover: watch it with "
                f"`greenshift watch {service}`, or stop it with `greenshift stop {service}`"
            )
        request = {"action": "recover", "execution": holder}
        return Recovery(deployment, self.start(service, request))

    def recovers_instead(self, service: str, recovery: Recovery) -> str | None:
        """The execution that has the deployment's claim instead of this recovery, if any: of two
        that were started, one recovers.
        """
        claim = self._on.claims.of(service)
        if claim is None or claim.deployment != recovery.deployment:
            return None
        return None if claim.execution == recovery.execution else claim.execution

    def _held(self, service: str) -> Held | None:
        held = self._holding.of(service)
        if held is None:
            self._on.registration(service)
        return held

    def flips(self, deployment: str) -> list[dict[str, Any]]:
        """Every move of an alias that the deployment made, in order, with its weight and its epoch
        second.
        """
        return [flip for flip in self._on.journal.flips(deployment) if "at" in flip]

    def verdicts(self, deployment: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A deployment's record and the newest verdict of each of its steps, with the evidence;
        where a service is named, of its newest deployment that has a verdict, and without one of
        its newest. Raises UnknownService and NothingRuns.
        """
        record = self._recorded(deployment)
        found = self._on.journal.verdicts(record["deployment"])
        if not found and deployment == record["service"]:
            return self._holding.judged(deployment) or (record, found)
        return record, found

    def failed_checks(self, deployment: str) -> list[Result]:
        """Every check that failed before the deployment's shift: of green, of blue on the schema
        that green needs, and of what each sends the other. Raises as `verdicts`.
        """
        verified = self._on.journal.phases(self._recorded(deployment)["deployment"])
        section = verified.get("VerifyGreen", {}).get("section", {})
        exchanged = section.get("exchanged", {})
        sides = (section.get("results"), section.get("blue"), *exchanged.values())
        return failures([decode(Result, each) for side in sides for each in side or ()])

    def comparisons(self, deployment: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A deployment's record and what came of its comparisons; as `verdicts`."""
        record = self._recorded(deployment)
        verified = self._on.journal.phases(record["deployment"]).get("VerifyGreen", {})
        return record, list(verified.get("section", {}).get("compared", ()))

    def dead_letters(self, service: str) -> Arrived | None:
        """What came into the service's dead-letter queues; see DeadLetterQueues.of."""
        return self._dead_letters.of(service)

    def undone(self, service: str) -> str | None:
        """The newest deployment where it went back, by itself or by hand; None where it did not."""
        undone = self._on.dead_letters.undone(service)
        return None if undone is None else undone.deployment

    def dead_letters_of_undone(self, service: str) -> Arrived | None:
        """The same where the newest deployment was undone, None otherwise."""
        return self._dead_letters.undone(service)

    def feeding(self, queue: str) -> tuple[str, ...]:
        """The names of the queues that a dead-letter queue is of, none where SQS does not say."""
        return self._on.queues.feeding(queue)

    def redrive(self, queue: str, *, timeout_seconds: float | None = None) -> Iterator[Move]:
        """Moves the messages of a dead-letter queue back; see DeadLetterQueues.move."""
        return self._dead_letters.move(queue, timeout_seconds=timeout_seconds)

    def status(self, service: str) -> ServiceStatus:
        """How the service stands. Raises UnknownService."""
        return self._standing.of(service)

    def misplaced(self, answer: Mapping[str, Any]) -> tuple[Misplaced, ...]:
        """The aliases that a deployment which needs attention has left; see Standing.misplaced."""
        return self._standing.misplaced(answer)

    def _recorded(self, deployment: str) -> dict[str, Any]:
        claim = self._on.claims.of(deployment)
        record = self._on.journal.deployment(claim.deployment if claim else deployment)
        if record is None:
            raise NothingRuns(
                f"there is no deployment {deployment}: give its name, such as "
                "orders-1.1.0-20261123T101502Z-7f3a, or the service for its newest"
            )
        return record


def _word(request: Mapping[str, Any]) -> str:
    """How an execution's name begins: version or action, in letters that a name may have."""
    word = str(request.get("release") or request.get("action") or "deploy")
    return "".join(each if each.isalnum() or each in ".-" else "-" for each in word)[:48]
