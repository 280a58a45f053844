"""An upload: the detail of S3's "Object Created" event, which the rule passes on as it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.domain.findings import Finding
from handlers.domain.reading.inspection import Inspection
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Form, Section
from handlers.domain.release.versions import parse_version

_KEY = re.compile(r"releases/([^/]+)/([^/]+)\.zip")
NOT_EMPTY = Form(r"(?s:.+)", "text that is not empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One uploaded object, and the release that its key says it is."""

    bucket: str
    key: str
    object_version: str | None
    release: str


def read_upload(
    inspection: Inspection, detail: Mapping[str, object], service: str
) -> Upload | None:
    """The upload of a bundle of `service`. What else AWS puts into the detail is no concern."""
    document = Section(inspection, (), detail, keys=detail)
    bucket = _section(document, "bucket")
    named = _section(document, "object")
    name = bucket and bucket.text("name", NOT_EMPTY, required=True)
    key = named and named.text("key", NOT_EMPTY, required=True)
    version = named and named.text("version-id", NOT_EMPTY)
    if not name or not key or named is None:
        return None
    release, why_not = release_of_key(key, service)
    if release is None:
        do = f"upload to releases/{service}/<version>.zip"
        named.report("KeyDisagrees", "key", why_not, do)
        return None
    return Upload(bucket=name, key=key, object_version=version or None, release=release)


def release_of_key(key: str, service: str) -> tuple[str | None, str]:
    """The version in the key of one of the service's bundles, or why it is none."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None, f"{show(key)} is not releases/<service>/<version>.zip"
    if found[1] != service:
        return None, f"{show(key)} is a release of {show(found[1])}, not of {service}"
    try:
        parse_version(found[2])
    except ValueError as error:
        return None, str(error)
    return found[2], ""


def candidate_key(service: str, release: str) -> str:
    """Where a bundle lies that is to be planned only: beside the releases, so that who may upload
    those may upload it, and under a name that is none of theirs, so that no event and no `latest`
    takes it for one.
    """
    return f"releases/{service}/{release}.candidate"


def agree_with_bucket(bucket: str, own: str) -> list[Finding]:
    """A finding if an event is about another bucket than the one that bundles are taken from."""
    if bucket == own:
        return []
    what = f"the event is about the bucket {show(bucket)}, and bundles are taken from {own} only"
    return [Finding("OtherBucket", "input bucket.name", what, f"upload the bundle to {own}")]


def _section(document: Section, key: str) -> Section | None:
    values = document.table(key, required=True)
    if values is None:
        return None
    return Section(document.inspection, (key,), values, keys=values)
