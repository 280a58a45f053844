"""One customer of `orders`: places orders, looks at them again, and checks every answer."""

import http.client
import json
import random
import time
from collections import deque
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult

from infra.sample.load_report import Answerer

CATALOGUE = (
    "book-1", "chair-4", "clock-2", "desk-1", "gift-25", "glass-6",
    "knife-3", "lamp-9", "map-7", "mug-2", "pen-5", "plant-8",
)  # fmt: skip
_PLACES = 0.2
_STATES = ("pending", "confirmed")
_PATIENCE_SECONDS = 30  # as long as API Gateway's own
_IDLE_SECONDS = 2  # servers close connections that are idle for longer
_REMEMBERED = 40  # of each sku
Order = tuple[str, str, int]


class Shelf:
    """The orders that any customer has placed lately, by sku. Safe for several threads."""

    def __init__(self) -> None:
        self._orders: dict[str, deque[Order]] = {
            sku: deque(maxlen=_REMEMBERED) for sku in CATALOGUE
        }

    def put(self, order: Order) -> None:
        """Remembers an order that was placed."""
        self._orders[order[1]].append(order)

    def some(self, sku: str, chance: random.Random) -> Order | None:
        """One of the sku's orders, or None."""
        orders = tuple(self._orders[sku])
        return chance.choice(orders) if orders else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one request went; `failure` is None when all was as it should be."""

    by: Answerer
    milliseconds: float
    failure: str | None
    example: str
    placed: Order | None = None


class Customer:
    """A kept-alive connection and what is sent over it."""

    def __init__(self, url: SplitResult, shelf: Shelf, seed: int) -> None:
        self._url, self._shelf = url, shelf
        self._random = random.Random(seed)  # noqa: S311
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def request(self) -> Outcome:
        """One in five places an order, the others look at one that was placed before.

        All skus are asked for alike, so what fails for one of them fails for one in twelve.
        """
        sku = self._random.choice(CATALOGUE)
        known = self._shelf.some(sku, self._random)
        if known is None or self._random.random() < _PLACES:
            return self._send("POST", "/orders", ("", sku, self._random.randint(1, 9)), 201)
        return self._send("GET", f"/orders/{known[0]}", known, 200)

    def close(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _send(self, method: str, path: str, order: Order, status: int) -> Outcome:
        body = json.dumps({"sku": order[1], "quantity": order[2]}) if method == "POST" else None
        headers = {"content-type": "application/json"} if body else {}
        began = time.perf_counter()
        try:
            connection = self._connected()
            connection.request(method, f"{self._url.path.rstrip('/')}{path}", body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            what = f"connection: {type(error).__name__}"
            return Outcome(Answerer(), _since(began), what, f"{method} {path}: {error!r}")
        self._used = time.monotonic()
        by = Answerer(
            response.headers.get("x-orders-release", ""),
            response.headers.get("x-orders-version", ""),
        )
        answer = _json(content)
        failure = _judge(response.status, status, answer, order)
        example = f"{method} {path} of {order[1]}: {response.status} {content[:200]!r}"
        placed = None
        if method == "POST" and failure is None:
            placed = (answer["id"], order[1], order[2])
        return Outcome(by, _since(began), failure, example, placed)

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is not None and time.monotonic() - self._used > _IDLE_SECONDS:
            self.close()
        if self._connection is None:
            host, port = str(self._url.hostname), self._url.port
            self._connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE_SECONDS)
        return self._connection


def _judge(status: int, wanted: int, answer: Any, order: Order) -> str | None:
    if status != wanted:
        return f"status {status}"
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
        return "body: no order"
    key, sku, quantity = order
    if (answer.get("sku"), answer.get("quantity")) != (sku, quantity) or (
        key and answer["id"] != key
    ):
        return "body: another order"
    return None if answer.get("state") in _STATES else "body: no state"


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
