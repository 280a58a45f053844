"""Bundles on their way into the bucket, and the execution that each one starts there: the service's
S3 rule releases whatever is uploaded.
"""

import hashlib
import json
import time
from pathlib import Path

from handlers.adapters.bundles import Uploaded
from handlers.domain.request.hotfix_metadata import metadata_of
from handlers.domain.request.upload import candidate_key
from statemachine.connection import Connection
from statemachine.problems import NotUploaded

EVENT_SECONDS = 60.0
"""How long the event of an upload may take to start an execution."""
_LOOKED_AT = 20


class Uploads:
    """Uploads bundles of one account and region."""

    def __init__(self, connection: Connection, *, poll_seconds: float) -> None:
        self._on, self._poll = connection, poll_seconds

    def put(
        self, service: str, release: str, bundle: Path, *, hotfix: str | None = None
    ) -> Uploaded:
        """Puts a bundle where the service's S3 rule takes it, with the reason of a `hotfix`;
        answers key and object version.
        """
        return self._put(bundle_key(service, release), bundle, hotfix)

    def _put(self, key: str, bundle: Path, hotfix: str | None = None) -> Uploaded:
        self._on.client("s3").upload_file(
            str(bundle),
            self._on.deployer.bucket,
            key,
            ExtraArgs={"Metadata": metadata_of(hotfix)} if hotfix else None,
        )
        found = self._on.bundles.newest(key)
        if found is None:
            raise NotUploaded(
                f"s3://{self._on.deployer.bucket}/{key} was deleted as soon as it was uploaded; "
                "see who does that, then upload it again"
            )
        return found

    def propose(self, service: str, release: str, bundle: Path) -> Uploaded:
        """Puts a bundle where no rule takes it, for a dry run; answers key and object version."""
        return self._put(candidate_key(service, release), bundle)

    def released(
        self, service: str, release: str, bundle: Path, *, hotfix: str | None = None
    ) -> str | None:
        """Uploads a bundle and answers the execution that its event started.

        None when the event starts none that would release it: the bundle was deployed before, or no
        event came within EVENT_SECONDS. Then it is to be started by name.
        """
        known = self._on.journal.release(service, digest_of(bundle))
        if known is None:
            uploaded = self.put(service, release, bundle, hotfix=hotfix)
            return self._await(service, uploaded.version)
        newest = self._on.bundles.newest(bundle_key(service, release))
        if newest is None or newest.version != known.get("objectVersion"):
            self.put(service, release, bundle)
        return None

    def _await(self, service: str, object_version: str) -> str | None:
        deadline = time.monotonic() + EVENT_SECONDS
        while time.monotonic() < deadline:
            if execution := self._started_by(service, object_version):
                return execution
            time.sleep(self._poll)
        return None

    def _started_by(self, service: str, object_version: str) -> str | None:
        """The first execution whose input names the object version."""
        machine, first = self._on.deployer.machine(service), None
        newest = self._on.states.list_executions(stateMachineArn=machine, maxResults=_LOOKED_AT)
        for each in newest["executions"]:
            described = self._on.executions.describe(each["executionArn"])
            if described and _version_in(described.get("input")) == object_version:
                first = str(each["executionArn"])
        return first


def bundle_key(service: str, release: str) -> str:
    """Where a release's bundle lies in the bucket."""
    return f"releases/{service}/{release}.zip"


def digest_of(bundle: Path) -> str:
    """The bundle's digest, by which the ledger knows it."""
    with bundle.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def _version_in(text: str | None) -> object:
    try:
        document = json.loads(text or "")
    except ValueError:
        return None
    named = document.get("object") if isinstance(document, dict) else None
    return named.get("version-id") if isinstance(named, dict) else None
