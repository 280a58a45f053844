"""Whatever goes wrong, as one sentence that says what to do; never a traceback."""

from typing import TYPE_CHECKING

from handlers.errors import GreenshiftError
from infra.cli.exits import GAVE_UP, REJECTED, USAGE, Complaint
from infra.local.environment import LocalError
from statemachine.problems import DeploymentsError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_CODES = {"GaveUpWaiting": GAVE_UP, "NotUploaded": REJECTED, "StillRuns": REJECTED}
_SIGN_IN = "sign in again with `aws sso login`, or renew the keys in your environment"
_BY_NAME = {
    "NoCredentialsError": "there are no AWS credentials: set AWS_PROFILE or sign in with "
    "`aws sso login`, or take the local environment with --local",
    "PartialCredentialsError": "the AWS credentials are incomplete: set both AWS_ACCESS_KEY_ID and "
    "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "NoRegionError": "no AWS region is set: set AWS_REGION, or a region in your AWS profile",
    "SSOTokenLoadError": f"the AWS sign-in is missing or has expired: {_SIGN_IN}",
    "UnauthorizedSSOTokenError": f"the AWS sign-in has expired: {_SIGN_IN}",
    "TokenRetrievalError": f"the AWS sign-in has expired: {_SIGN_IN}",
    "CredentialRetrievalError": f"AWS credentials could not be had: {_SIGN_IN}",
}
_UNREACHABLE = (
    "EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError",
    "ProxyConnectionError", "SSLError", "HTTPClientError",
)  # fmt: skip
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_UNKNOWN_KEYS = (
    "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId",
    "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure",
)  # fmt: skip
_FORBIDDEN = ("AccessDenied", "AccessDeniedException", "403", "Forbidden", "UnauthorizedOperation")


def complaint(error: BaseException) -> Complaint:
    """The sentence for an error, with the exit code that it ends with."""
    if isinstance(error, Complaint):
        return error
    if isinstance(error, DeploymentsError | LocalError):
        return Complaint(str(error), _CODES.get(type(error).__name__, USAGE))
    for each in _causes(error):
        if sentence := _of_aws(each):
            return Complaint(sentence)
    if isinstance(error, GreenshiftError):
        return Complaint(str(error))
    if isinstance(error, OSError) and error.filename:
        return Complaint(f"{error.filename}: {error.strerror}; check the path and its permissions")
    return Complaint(
        f"unexpected {type(error).__name__}: {error}; please report it, with the traceback that "
        "GREENSHIFT_DEBUG=1 shows"
    )


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what it was raised from: the SDK wraps what S3 answered to an upload."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found


def _of_aws(error: BaseException) -> str | None:
    """The sentence for an error of the SDK, by its name: the SDK is not imported to print help."""
    if isinstance(error, ValueError) and str(error).startswith("Invalid endpoint"):
        return f"{error}: set AWS_ENDPOINT_URL to a URL such as http://127.0.0.1:4566, or unset it"
    kinds = [each.__name__ for each in type(error).__mro__]
    if not type(error).__module__.startswith(("botocore.", "boto3.")):
        return None
    if "ClientError" in kinds:
        return _of_answer(error)  # type: ignore[arg-type]
    name = kinds[0]
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name == "ProfileNotFound":
        return f"{error}: set AWS_PROFILE to one that `aws configure list-profiles` lists"
    if name in _UNREACHABLE:
        told = str(error).rstrip(".").replace("\n", " ")
        return f"AWS cannot be reached ({told}): check the network, AWS_REGION and AWS_ENDPOINT_URL"
    if name in ("S3UploadFailedError", "RetriesExceededError"):
        return None
    return f"the AWS SDK failed with {name}: {error}; check your AWS settings"


def _of_answer(error: "ClientError") -> str:
    found = error.response.get("Error", {})
    code, message = found.get("Code", "Unknown"), str(found.get("Message", "")).rstrip(".")
    if code in _EXPIRED:
        return f"the AWS session has expired: {_SIGN_IN}"
    if code in _UNKNOWN_KEYS:
        return f"AWS does not accept the credentials ({code}): {_SIGN_IN}"
    if code in _FORBIDDEN:
        return (
            f"AWS does not allow {error.operation_name} ({message}): ask the service's owner for "
            "the permission, or choose another AWS_PROFILE"
        )
    return f"AWS refused {error.operation_name}: {code}: {message}; see what it asks for"
