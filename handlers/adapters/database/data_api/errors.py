"""The RDS Data API's errors in our words: what PostgreSQL refused, what passes, and what a person
must mend.
"""

from botocore.exceptions import ClientError

from handlers.adapters.aws import code_of
from handlers.adapters.database.secrets import Cluster
from handlers.adapters.database.session import Refused
from handlers.domain.schema.data_api_words import is_busy, is_gone, is_too_big, refusal
from handlers.domain.schema.sqlstate import QUERY_CANCELED, passes
from handlers.errors import MigrationFailed, TransientDatabase

NOT_BEGUN = frozenset(
    {
        "DatabaseResumingException",
        "ThrottlingException",
        "TooManyRequestsException",
        "Throttling",
    }
)
"""The call was turned away before anything was done: it may be made again."""
_TOLD = {
    "AccessDeniedException": "allow the migrator's role rds-data on the cluster and "
    "secretsmanager:GetSecretValue on the secret",
    "ForbiddenException": "allow the migrator's role rds-data on the cluster and "
    "secretsmanager:GetSecretValue on the secret",
    "HttpEndpointNotEnabledException": "turn the Data API on at the cluster "
    "(aws rds enable-http-endpoint)",
    "SecretsErrorException": "see that the secret exists and that its key may be used",
    "InvalidSecretException": "give the secret a username and a password",
    "DatabaseNotFoundException": "add a DB instance to the cluster",
    "NotFoundException": "correct the ARN of the cluster or of the secret",
}
_PASSING = {
    "DatabaseResumingException": "it is paused and resumes",
    "DatabaseUnavailableException": "its writer is not available",
    "InvalidResourceStateException": "it is stopped or being changed; start it if it is stopped",
    "TransactionNotFoundException": "the transaction was ended before it was committed",
}


class TimedOut(Refused):
    """A call took longer than the Data API lets one take."""

    def __init__(self) -> None:
        message = "canceling statement due to statement timeout of the Data API"
        super().__init__({"C": QUERY_CANCELED, "M": message})


def in_our_words(error: ClientError, cluster: Cluster) -> Exception:
    """What the error is to us: Refused, TimedOut, TransientDatabase or MigrationFailed."""
    code, said = code_of(error), str(error.response.get("Error", {}).get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    if code == "StatementTimeoutException":
        return TimedOut()
    if code == "UnsupportedResultException":
        return _not_brought(said)
    if code in _PASSING or code in NOT_BEGUN or status >= 500:
        return TransientDatabase(f"{cluster.place}: {_PASSING.get(code, code)} ({said})")
    if code in _TOLD:
        return MigrationFailed(f"{cluster.place}: {code}: {said}; {_TOLD[code]}")
    return _said_by_the_database(code, said, cluster)


def _said_by_the_database(code: str, said: str, cluster: Cluster) -> Exception:
    fields = refusal(said)
    if fields is None:
        if is_busy(said) or is_gone(said) or "link failure" in said:
            return TransientDatabase(f"{cluster.place}: {said}")
        if is_too_big(said):
            return _not_brought(said)
        return Refused({"M": f"{code}: {said}"})
    if passes(fields["C"]):
        return TransientDatabase(f"{cluster.place}: {fields['M']}")
    if fields["C"].startswith("28"):
        return MigrationFailed(
            f"{cluster.place} refused the login of {cluster.user} by the secret {cluster.secret}: "
            f"{fields['M']}; correct it"
        )
    return Refused(fields)


def _not_brought(said: str) -> Refused:
    what = f"the Data API does not bring its result ({said}); let it answer less, or nothing"
    return Refused({"C": "0A000", "M": what})
