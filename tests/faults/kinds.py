"""What can go wrong with a call; each kind does to it what its name says."""

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from engine import LambdaDied

from handlers.errors import TransientDatabase

KINDS = {
    "before": "it fails before it takes effect",
    "after": "it takes effect, and its answer is lost",
    "throttled-thrice": "it is throttled three times, then passes",
    "throttled": "it is throttled for ever, whoever makes it",
    "slow": "the Lambda times out over it, and it takes effect as it is tried again",
    "dies": "it takes effect, and the Lambda dies at once",
    "stopped": "it takes effect, and the execution is stopped while the Lambda runs on",
    "asleep": "the execution is stopped before it takes effect, and the Lambda wakes up after the recovery",
    "twice": "it takes effect, and is made again: an answer was lost on the way",
    "hand": "it takes effect, and somebody else changes code and settings of every function at once",
    "moved": "it takes effect, and somebody points api's alias at an old version at once",
    "undone": "it takes effect, and somebody points api's alias back at blue at once",
    "gone": "it takes effect, and somebody deletes api's alias at once",
}
PASSING = frozenset({"before", "after", "throttled-thrice", "slow", "dies", "twice", "hand"})
"""After these, alone, a deployment ends as it would have without."""

OF_AWS = tuple(kind for kind in KINDS if kind not in ("hand", "moved", "undone", "gone"))
"""What AWS, or a death, does; the others are people."""
ON_AN_ALIAS = ("moved", "undone", "gone")

_THROTTLED = {
    "dynamodb": ("ThrottlingException", 400),
    "lambda": ("TooManyRequestsException", 429),
    "s3": ("SlowDown", 503),
    "cloudwatch": ("Throttling", 400),
}


def unreachable(service: str) -> Exception:
    """The call never arrived."""
    if service == "sql":
        return TransientDatabase("shop@db: the connection was lost (before)")
    return EndpointConnectionError(endpoint_url=f"https://{service}")


def lost(service: str) -> BaseException:
    """The call arrived; its answer did not."""
    if service == "sql":
        return TransientDatabase("shop@db: the connection was lost (after)")
    if service == "phase":
        return LambdaDied("Lambda.Unknown")
    return ReadTimeoutError(endpoint_url=f"https://{service}")


def throttled(service: str, operation: str) -> BaseException:
    """AWS asks to be asked less often, as each service says it."""
    if service == "sql":
        return TransientDatabase("shop@db: too many connections")
    if service == "phase":
        return LambdaDied("Lambda.TooManyRequestsException")
    code, status = _THROTTLED.get(service, ("ThrottlingException", 400))
    answer = {
        "Error": {"Code": code, "Message": "Rate exceeded"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)  # type: ignore[arg-type]
