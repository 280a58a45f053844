"""Whether each function that a release brings can carry the versions of its peers."""

from collections.abc import Iterator

from handlers.domain.findings import Finding
from handlers.domain.registration.registration import Registration
from handlers.domain.release.release import Release


def judge_pinnable(release: Release, registration: Registration) -> Iterator[Finding]:
    """A finding for each function that calls peers by their version and is given as a version of
    the user's own: its environment was fixed when that was published.
    """
    for key, source in release.functions.items():
        registered = registration.functions.get(key)
        if source.version is not None and registered is not None and registered.calls:
            peers = " and ".join(sorted(set(registered.calls.values())))
            what = f"{key} calls {peers} by version, and a published version keeps its environment"
            do = f"give {key} as code or image, or take calls out of the service's stack"
            where = release.where("functions", key, "version")
            yield Finding("CannotBePinned", where, what, do)
