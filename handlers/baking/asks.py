"""Tells an operator's alarms that a deployment asks a person."""


def tell_asks(service: str) -> None:
    """Counts the look as one that asks; one that does not costs no import for it."""
    from handlers.adapters.signs import BAKES, sign  # noqa: PLC0415 - hardly any look asks

    sign("Asks", service, 1, namespace=BAKES)
