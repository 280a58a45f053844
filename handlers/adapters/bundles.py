"""The artifact bucket: bundles are read by object version, inner zips are staged by digest."""

import hashlib
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.domain.bundle.archive import open_archive
from handlers.domain.findings import Finding
from handlers.domain.messages import BundleRef
from handlers.errors import PlanRejected

LARGEST_BUNDLE = 1024**3
"""Bytes of a bundle at most: it is read through a Lambda's /tmp."""

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Uploaded:
    """One uploaded bundle: its key, its object version, and when it was uploaded (ISO 8601)."""

    key: str
    version: str
    at: str


@dataclass(frozen=True, slots=True)
class OpenBundle:
    """A bundle that is open for reading, which object it is, and its user-defined metadata."""

    ref: BundleRef
    zip: zipfile.ZipFile
    metadata: Mapping[str, str]


class BundleStore:
    """The one bucket from which Greenshift takes bundles."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3, self.bucket = s3, bucket

    def newest(self, key: str) -> Uploaded | None:
        """The current version of the key, or None when there is no such object."""
        try:
            answer = self._s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if code_of(error) in ("404", "NoSuchKey", "NotFound"):
                return None
            raise
        return Uploaded(key, answer.get("VersionId", "null"), answer["LastModified"].isoformat())

    def named(self, key: str, version: str) -> Uploaded:
        """An object version that an event named; whether it is still there is seen when it is
        opened.
        """
        return Uploaded(key, version, "")

    def uploads(self, service: str) -> list[Uploaded]:
        """The service's current bundles, newest upload first."""
        found = []
        pages = self._s3.get_paginator("list_object_versions").paginate(
            Bucket=self.bucket, Prefix=f"releases/{service}/"
        )
        for page in pages:
            found += [
                Uploaded(each["Key"], each["VersionId"], each["LastModified"].isoformat())
                for each in page.get("Versions", [])
                if each["IsLatest"] and each["Key"].endswith(".zip")
            ]
        return sorted(found, key=lambda upload: upload.at, reverse=True)

    @contextmanager
    def open(self, key: str, version: str, digest: str | None = None) -> Iterator[OpenBundle]:
        """The very object version, read once and hashed on the way; with `digest`, these bytes or
        none.

        Raises PlanRejected when it is gone, too large, no zip, or not the bytes that were planned.
        """
        with tempfile.TemporaryFile() as file:
            found, metadata = self._download(key, version, file)
            if digest is not None and found != digest:
                what = f"version {version} is {found}, but {digest} was planned"
                raise _refused(
                    "BundleChanged",
                    key,
                    what,
                    "upload the release again and start a new deployment",
                )
            archive, findings = open_archive(file)
            if archive is None:
                raise PlanRejected(findings)
            with archive:
                yield OpenBundle(BundleRef(self.bucket, key, version, found), archive, metadata)

    def stage(self, inner: IO[bytes], digest: str) -> str:
        """Puts a function's zip under its own digest, from where Lambda takes up to 250 MB; answers
        the key.
        """
        key = f"staging/{digest}.zip"
        try:
            self._s3.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if code_of(error) not in ("404", "NoSuchKey", "NotFound"):
                raise
            self._s3.upload_fileobj(inner, self.bucket, key)
        return key

    def _download(self, key: str, version: str, file: IO[bytes]) -> tuple[str, Mapping[str, str]]:
        """Answers the digest of its bytes, and the object's metadata."""
        named = {} if version == "null" else {"VersionId": version}
        try:
            answer = self._s3.get_object(Bucket=self.bucket, Key=key, **named)
        except ClientError as error:
            if code_of(error) in ("NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed"):
                what = f"s3://{self.bucket}/{key} version {version} is not there"
                raise _refused("BundleGone", key, what, "upload the release again") from error
            raise
        if answer["ContentLength"] > LARGEST_BUNDLE:
            what = f"it has {answer['ContentLength']:,} bytes, more than {LARGEST_BUNDLE:,}"
            raise _refused(
                "BundleTooLarge", key, what, "move what is large into layers or container images"
            )
        hashed = hashlib.sha256()
        for chunk in answer["Body"].iter_chunks(_CHUNK):
            hashed.update(chunk)
            file.write(chunk)
        file.seek(0)
        return f"sha256:{hashed.hexdigest()}", answer.get("Metadata", {})


def _refused(code: str, where: str, what: str, do: str) -> PlanRejected:
    return PlanRejected([Finding(code, where, what, do)])
