"""What refuses a release's migrations before the first of them is begun, and what that says of the
data store: the errors of REFUSALS are raised by a deployment that has changed nothing of it.
"""

from collections.abc import Iterable

from handlers.errors import (
    GreenshiftError,
    MigrationChanged,
    MigrationFailed,
    MigrationRefused,
    SchemaDrifted,
)

REFUSALS = (MigrationRefused, SchemaDrifted, MigrationChanged)


def refused(error: GreenshiftError, deployment: str, worked: Iterable[str]) -> GreenshiftError:
    """The refusal as it may be told: MigrationFailed where the deployment is one of those that
    `worked` on a migration, so that an invocation before this one has begun.
    """
    return MigrationFailed(str(error)) if deployment in worked else error


def tells_of_nothing(name: str | None) -> bool:
    """Whether an error of this name says that its deployment has changed nothing, and will not."""
    return name in {each.__name__ for each in REFUSALS}
