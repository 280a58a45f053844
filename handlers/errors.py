"""Every error that a phase may end with. Step Functions sees the class's name, so names are part of
the interface.

    GreenshiftError
    ├── Transient                 it may go well in a moment: the state machine tries again
    │   ├── TransientAws          AWS throttled us or failed on its side
    │   ├── TransientConflict     somebody wrote between our read and our write
    │   └── TransientDatabase     a lock, a connection or a paused database
    ├── PlanRejected              the request, bundle, registration or service is not fit to deploy
    ├── ServiceBusy               another deployment holds the service's claim
    ├── DeploymentClosed          this execution's deployment has ended: a redrive may not wake it
    ├── ClaimLost                 the claim belongs to another deployment by now
    ├── ToldToStop                a person told it to stop, before its next flip
    ├── Superseded                a later deployment took its place before any traffic moved
    ├── AliasMoved                `live` was moved by someone who is not Greenshift
    ├── AwsRefused                AWS refused a call, and would refuse it again
    ├── ProvisioningFailed        green could not be published or did not become ready
    ├── MigrationFailed           a statement of a migration failed
    ├── MigrationChanged          a migration file differs from what was applied under its name
    ├── MigrationRefused          the compatibility gate refused a migration: it would break blue
    ├── SchemaDrifted             the database is not what the applied migrations make
    ├── NothingContracted         a contract was refused, or failed, and the schema is as it was
    ├── ChecksFailed              green failed a declared check
    ├── BlueFailed                blue failed a check of its own on the schema as green needs it
    ├── NotUnderstood             blue and green do not understand each other's messages
    ├── AnswersDiffer             green answers recorded requests otherwise, and that is a gate
    ├── HookFailed                a hook of the owner said no, or did not say yes in its time
    ├── LedgerIsNewer             a newer Greenshift has written what this one would misread
    └── RollbackIncomplete        not every function is back on blue yet

The state machine's `Retry` and `Catch` name them; a test holds both lists against each other.
"""

from collections.abc import Sequence

from handlers.domain.findings import Finding


class GreenshiftError(Exception):
    """The root of all errors that Greenshift raises on purpose; its text is one sentence for a
    person.
    """


class Transient(GreenshiftError):
    """The root of what is worth trying again; raised only as one of its children."""


class TransientAws(Transient):
    """AWS throttled the call or failed on its side."""


class TransientConflict(Transient):
    """Somebody wrote between our read and our conditional write; reading again decides."""


class TransientDatabase(Transient):
    """The database was locked, busy, paused or out of reach for the moment."""


class PlanRejected(GreenshiftError):
    """The deployment was refused before anything was begun; `findings` has every reason at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        super().__init__(f"{findings[0]}{more}")


class ServiceBusy(GreenshiftError):
    """Another deployment holds the service's claim; it is not disturbed."""


class DeploymentClosed(GreenshiftError):
    """This execution's deployment has ended for ever; a redrive cannot wake it."""


class ClaimLost(GreenshiftError):
    """The claim's token is not ours any more; whoever took it over puts the service right."""


class ToldToStop(GreenshiftError):
    """A person told this deployment to stop, and it moves no more traffic to green."""


class Superseded(GreenshiftError):
    """A later deployment wants the service, and this one has moved no traffic yet."""


class AliasMoved(GreenshiftError):
    """`live` points at versions that this deployment knows nothing of, or is `gone`."""

    def __init__(self, what: str, *, gone: bool = False) -> None:
        super().__init__(what)
        self.gone = gone


class AwsRefused(GreenshiftError):
    """AWS refused a call for a reason that trying again does not change."""


class ProvisioningFailed(GreenshiftError):
    """Green was not published, or did not become ready; `live` is untouched."""


class MigrationFailed(GreenshiftError):
    """A statement of a migration failed; what was applied before it stays applied."""


class MigrationChanged(GreenshiftError):
    """A migration file differs from the one that was applied under the same name."""


class MigrationRefused(GreenshiftError):
    """The compatibility gate refused a migration before any statement of the release was run."""


class SchemaDrifted(GreenshiftError):
    """The database differs from what its migrations make, so the gate's judgement would not hold
    on it.
    """


class NothingContracted(GreenshiftError):
    """A contract ended before any statement of it took effect: earlier releases can still read the
    schema.
    """


class ChecksFailed(GreenshiftError):
    """Green failed a declared check; it never got traffic."""


class BlueFailed(GreenshiftError):
    """Blue failed a check of its own on the schema that green's migrations made: there is no way
    back to it, so that green never got traffic.
    """


class NotUnderstood(GreenshiftError):
    """Blue failed on a message that green sends, or green on one of blue's: neither a shift nor a
    rollback would lose none.
    """


class AnswersDiffer(GreenshiftError):
    """Green answers recorded requests otherwise than blue does, beyond blue's own noise, and the
    release declares that as a gate; green never got traffic.
    """


class HookFailed(GreenshiftError):
    """A hook failed, answered what is no answer, or was in progress for longer than it may be."""


class LedgerIsNewer(GreenshiftError):
    """An item of the ledger is in a form that this Greenshift does not know; nothing was read."""


class RollbackIncomplete(GreenshiftError):
    """Some function is not back on blue yet; rolling back again continues."""
