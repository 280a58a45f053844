"""What can keep a client from its deployment; each says in one sentence what to do.

    DeploymentsError
    ├── NoDeployer        this account and region has no Greenshift
    ├── UnknownService    no stack has registered the service, or it has no state machine
    ├── NotUploaded       the release to deploy is not in the bucket
    ├── NothingRuns       there is no deployment to follow
    ├── PruneFailed       the prune ended without an answer
    ├── StillRuns         there is nothing to recover, as the deployment has not ended
    └── GaveUpWaiting     the time that the caller gave is over; the deployment goes on

Their texts are for people; scripts go by the class.
"""


class DeploymentsError(Exception):
    """The root; its text is one sentence for a person."""


class NoDeployer(DeploymentsError):
    """This account and region has no Greenshift."""


class UnknownService(DeploymentsError):
    """No stack has registered the service here, or its state machine is not there."""


class NotUploaded(DeploymentsError):
    """The bucket has no bundle of the release."""


class NothingRuns(DeploymentsError):
    """The service has no deployment that could be followed."""


class PruneFailed(DeploymentsError):
    """The function that prunes is not there, or it has failed."""


class StillRuns(DeploymentsError):
    """The deployment that was to be recovered has not ended."""


class GaveUpWaiting(DeploymentsError):
    """The caller's time is over. What was waited for goes on unchanged."""
