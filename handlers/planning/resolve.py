"""Which bundle a request means: found, read, and held against registration and history."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers.domain.bundle.bundle import Bundle, read_bundle
from handlers.domain.bundle.migration_files import titles_of
from handlers.domain.findings import Finding
from handlers.domain.messages import BundleRef
from handlers.domain.registration.cross_check import agree_with_key, cross_check
from handlers.domain.registration.registration import Registration
from handlers.domain.registration.tables import judge_tables
from handlers.domain.request.hotfix_metadata import hotfix_with
from handlers.domain.request.request import LATEST, Request
from handlers.domain.request.upload import agree_with_bucket, candidate_key, release_of_key
from handlers.domain.schema.contracts import judge_past
from handlers.domain.shift.shift_plan import parse_shift_plan
from handlers.errors import PlanRejected
from handlers.planning.history import History

if TYPE_CHECKING:
    from handlers.adapters.bundles import BundleStore, Uploaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The bundle that a request means: `bundle` is None when it cannot be read, and `nothing_to_do`
    says why it need not be deployed. `contracts` are the titles of its contract migrations,
    `hotfix` is the reason of one, from the request or with the upload that is the request. `notes`
    are what the plan says besides.
    """

    release: str
    digest: str = ""
    upload: "Uploaded | None" = None
    ref: BundleRef | None = None
    bundle: Bundle | None = None
    findings: tuple[Finding, ...] = ()
    nothing_to_do: str | None = None
    contracts: tuple[str, ...] = ()
    hotfix: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves one service's requests from the artifact bucket; changes nothing."""

    bundles: "BundleStore"
    registration: Registration
    history: History

    def resolve(self, request: Request) -> Resolved:
        """The one object version that is meant, read and judged. Raises PlanRejected when there is
        no such bundle.
        """
        if request.release != LATEST or request.queued is not None:
            return self._judged(request, self._named(request))
        for upload in self._not_ended():
            found = self._judged(request, upload)
            if found.nothing_to_do is None or self.history.busy:
                return found
        service = self.registration.service
        reason = f"every uploaded release of {service} has been deployed or refused"
        return Resolved(release="", nothing_to_do=reason)

    def _judged(self, request: Request, upload: "Uploaded") -> Resolved:
        key = self._key(request) if request.candidate else upload.key
        release = release_of_key(key, self.registration.service)[0] or ""
        found = Resolved(release=release, upload=upload)
        try:
            with self.bundles.open(upload.key, upload.version) as opened:
                ref, metadata = opened.ref, opened.metadata
                bundle, findings = read_bundle(opened.zip, bake_defaults=self.registration.bake)
        except PlanRejected as rejected:
            return replace(found, findings=rejected.findings)
        hotfix = request.hotfix
        if request.source == "s3":
            hotfix, unreadable = hotfix_with(upload.key, metadata)
            findings += unreadable
        contracts = titles_of(bundle.migrations, "contract") if bundle else ()
        found = replace(
            found,
            digest=ref.digest,
            ref=ref,
            bundle=bundle,
            contracts=contracts,
            hotfix=hotfix,
        )
        if reason := self.history.nothing_to_do(request, release, ref.digest):
            return replace(found, nothing_to_do=reason)
        findings += self.history.findings(self.registration.service, request, release, ref.digest)
        if bundle is not None:
            findings += judge_past(self.history.contracts, release, contracts)
            asked = parse_shift_plan(request.shift_plan) if request.shift_plan else None
            findings += agree_with_key(bundle.release, key)
            findings += cross_check(
                bundle.release, self.registration, migrations=bundle.migrations, asked=asked
            )
            findings += judge_tables(bundle, self.registration)
        return replace(found, findings=tuple(findings))

    def _named(self, request: Request) -> "Uploaded":
        """The object that an event or a person names."""
        if request.candidate is not None:
            key = candidate_key(self.registration.service, str(request.release))
            return self.bundles.named(key, request.candidate)
        if request.queued is not None:
            assert request.key is not None
            return self.bundles.named(request.key, str(request.object_version))
        if request.source != "s3":
            return self._newest(self._key(request))
        assert request.key is not None
        assert request.bucket is not None
        if findings := agree_with_bucket(request.bucket, self.bundles.bucket):
            raise PlanRejected(findings)
        if request.object_version is not None:
            return self.bundles.named(request.key, request.object_version)
        return self._newest(request.key)

    def _key(self, request: Request) -> str:
        return f"releases/{self.registration.service}/{request.release}.zip"

    def _not_ended(self) -> "Iterator[Uploaded]":
        """Uploads that no deployment has ended, the newest first; bytes that were uploaded a second
        time are told by their digest only.
        """
        ended = self.history.ended()
        for upload in self.bundles.uploads(self.registration.service):
            if (upload.key, upload.version) not in ended:
                yield upload

    def _newest(self, key: str) -> "Uploaded":
        found = self.bundles.newest(key)
        if found is None:
            where = f"s3://{self.bundles.bucket}/{key}"
            do = "upload it there, or name a release that is there"
            raise PlanRejected([Finding("BundleGone", where, "there is no such bundle", do)])
        return found
