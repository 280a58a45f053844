"""Where people and checks can try a release that is not live."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """An HTTP API at `url` that calls `alias` of `functions`, by their keys. `role_arn` is whom
    Greenshift becomes to call it; where it is None it cannot, and checks do not go there.
    """

    url: str
    alias: str
    functions: tuple[str, ...]
    role_arn: str | None = None
