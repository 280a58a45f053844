"""The code of a published version, ready to be made `$LATEST` once more."""

import base64
import hashlib
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPException

from handlers.adapters.bundles import BundleStore
from handlers.adapters.functions.functions import Functions
from handlers.errors import ProvisioningFailed, TransientAws

_CHUNK = 1024 * 1024
_TIMEOUT_SECONDS = 60


def code_again(
    functions: Functions, bundles: BundleStore, name: str, version: str
) -> Mapping[str, str]:
    """What UpdateFunctionCode takes for the code of this version: its image, or its zip, fetched
    from Lambda and staged under its digest. Raises ProvisioningFailed when the version is gone, and
    TransientAws when its zip could not be fetched whole.

    https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html
    """
    found = functions.read(name, version)
    if found is None:
        raise ProvisioningFailed(
            f"{name} has no version {version} any more: deploy a release that names its code"
        )
    code = found["Code"]
    if code.get("RepositoryType") == "ECR":
        return {"ImageUri": code["ResolvedImageUri"]}
    hashed = hashlib.sha256()
    with tempfile.TemporaryFile() as file:
        for chunk in _fetched(code["Location"], f"{name}:{version}"):
            hashed.update(chunk)
            file.write(chunk)
        if base64.b64encode(hashed.digest()).decode() != found["Configuration"]["CodeSha256"]:
            raise TransientAws(f"the code of {name}:{version} did not arrive whole")
        file.seek(0)
        key = bundles.stage(file, hashed.hexdigest())
    return {"S3Bucket": bundles.bucket, "S3Key": key}


def _fetched(url: str, what: str) -> Iterator[bytes]:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - signed by Lambda a moment ago
            while chunk := answer.read(_CHUNK):
                yield chunk
    except (OSError, HTTPException) as error:
        raise TransientAws(f"the code of {what} could not be fetched: {error}") from error
