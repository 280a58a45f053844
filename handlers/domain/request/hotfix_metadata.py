"""The reason of a hotfix, as user-defined metadata of the uploaded bundle: an upload starts its
deployment itself, and its event has room for nothing else.
"""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from handlers.domain.findings import Finding
from handlers.domain.reading.forms import HOTFIX
from handlers.domain.reading.places import show

HOTFIX_METADATA = "greenshift-hotfix"
_PLAIN = " !\"#$&'()*+,/:;<=>?@[]^`{|}"


def metadata_of(reason: str) -> dict[str, str]:
    """The metadata to upload with; S3 takes ASCII alone, so that everything else and % is escaped
    as in a URL.
    """
    return {HOTFIX_METADATA: quote(reason, safe=_PLAIN)}


def hotfix_with(key: str, metadata: Mapping[str, str]) -> tuple[str | None, list[Finding]]:
    """The reason that was uploaded with a bundle, or None; a finding where it is no reason."""
    if HOTFIX_METADATA not in metadata:
        return None, []
    reason = unquote(metadata[HOTFIX_METADATA])
    if HOTFIX.fits(reason):
        return reason, []
    what = f"its metadata {HOTFIX_METADATA} is {show(reason)}"
    return None, [Finding("BadValue", key, what, f"upload it again with {HOTFIX.says}")]
