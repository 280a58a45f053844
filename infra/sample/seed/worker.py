"""What `live` consumes with until the first release: nothing, so messages stay in the queue."""


def handler(_event: object, _context: object) -> None:
    """Fails, and the event source offers the messages again later."""
    raise RuntimeError("orders has no release yet")
