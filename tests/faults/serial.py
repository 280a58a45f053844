"""A pool without threads: a Lambda's calls come in one order, and its death ends all of them."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class SerialPool(Executor):
    """Runs what is submitted at once, in the submitting thread."""

    def __init__(self, max_workers: int | None = None) -> None:
        self.max_workers = max_workers

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - a future keeps what its work raised
            future.set_exception(error)
        return future
