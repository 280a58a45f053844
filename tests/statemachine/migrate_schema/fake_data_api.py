"""An RDS Data API of our own in front of the embedded PostgreSQL: the REST calls of botocore's model,
and of the documentation what a migrator can run into. Requests, answers and errors are held against
that model.

Each call outside a transaction has another connection than the last, and so has each transaction; one statement a
call; a call is over after `call_seconds`, an idle transaction after `idle_seconds`.
"""

import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from data_api_model import Failure, assert_answer, assert_request, too_long
from data_api_sql import refusing, statement
from pg8000.native import Connection


@dataclass
class Transaction:
    connection: Connection
    used: float = field(default_factory=time.monotonic)
    busy: threading.Lock = field(default_factory=threading.Lock)


class FakeDataApi:
    """`connect(secret, database)` logs in; `seen` counts the calls; `faults` are asked before each call is
    answered, with its path and its body, and may raise a Failure; `lost` names a path whose next answer
    is not sent. `misfits` is what does not fit the model.
    """

    def __init__(self, connect: Callable[[str, str], Connection]) -> None:
        self.connect = connect
        self.call_seconds, self.idle_seconds = 45.0, 180.0
        self.transactions: dict[str, Transaction] = {}
        self.seen: Counter[str] = Counter()
        self.faults: list[Callable[[str, Mapping[str, Any]], None]] = []
        self.lost: set[str] = set()
        self.misfits: list[str] = []
        self.pool = ThreadPoolExecutor(16)
        self.idle: dict[tuple[str, str], deque[Connection]] = {}
        self.belongs: dict[int, tuple[str, str]] = {}
        self.taking = threading.Lock()

    def answer(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.seen[path] += 1
        for fault in list(self.faults):
            fault(path, body)
        assert_request(path, body)
        if long := too_long(path, body):
            raise Failure("ValidationException", f"{long[0]} is too long")
        answer = {
            "/BeginTransaction": self.begin,
            "/CommitTransaction": self.commit,
            "/RollbackTransaction": self.roll_back,
            "/Execute": self.execute,
        }[path](body)
        assert_answer(path, answer)
        return answer

    def begin(self, body: Mapping[str, Any]) -> dict[str, Any]:
        connection = self.log_in(body)
        connection.run("BEGIN")
        name = uuid.uuid4().hex
        self.transactions[name] = Transaction(connection)
        return {"transactionId": name}

    def commit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self.end(body, "COMMIT", "Transaction Committed")

    def roll_back(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self.end(body, "ROLLBACK", "Rollback Complete")

    def end(self, body: Mapping[str, Any], sql: str, status: str) -> dict[str, Any]:
        name = body["transactionId"]
        transaction = self.of(name)
        if not transaction.busy.acquire(blocking=False):
            raise Failure("DatabaseErrorException", "Transaction is still running a query")
        try:
            refusing(lambda: transaction.connection.run(sql))
        finally:
            self.forget(name)
        return {"transactionStatus": status}

    def execute(self, body: Mapping[str, Any]) -> dict[str, Any]:
        name = body.get("transactionId")
        if name is None:
            connection = self.log_in(body)
            return self.bounded(connection, body, lambda: self.give_back(connection))
        transaction = self.of(name)
        if not transaction.busy.acquire(blocking=False):
            raise Failure("DatabaseErrorException", "Transaction is still running a query")
        try:
            return self.bounded(transaction.connection, body, transaction.busy.release)
        except Failure as failure:
            if not (
                failure.code == "StatementTimeoutException" and body.get("continueAfterTimeout")
            ):
                self.forget(name)
            raise
        finally:
            transaction.used = time.monotonic()

    def bounded(
        self, connection: Connection, body: Mapping[str, Any], after: Callable[[], None]
    ) -> dict[str, Any]:
        """The statement's answer, or a time-out: then it is cancelled, unless it may go on."""
        pid = connection.run("SELECT pg_backend_pid()")[0][0]

        def run() -> dict[str, Any]:
            try:
                return refusing(lambda: statement(connection, body))
            finally:
                with suppress(Exception):
                    after()

        running: Future[dict[str, Any]] = self.pool.submit(run)
        try:
            return running.result(self.call_seconds)
        except TimeoutError:
            if not body.get("continueAfterTimeout"):
                with self.other(body) as other:
                    other.run("SELECT pg_cancel_backend(:pid)", pid=pid)
                running.exception(20)
            raise Failure("StatementTimeoutException", "Statement timed out") from None

    def of(self, name: str) -> Transaction:
        transaction = self.transactions.get(name)
        if transaction and time.monotonic() - transaction.used > self.idle_seconds:
            self.forget(name)
            transaction = None
        if transaction is None:
            raise Failure("TransactionNotFoundException", f"Transaction {name} is not found")
        return transaction

    def forget(self, name: str) -> None:
        if transaction := self.transactions.pop(name, None):
            self.give_back(transaction.connection)

    def log_in(self, body: Mapping[str, Any]) -> Connection:
        """A connection in which nobody has set anything: whoever was in it before left no trace."""
        to = (body["secretArn"], body["database"])
        idle = self.idle.setdefault(to, deque())
        with self.taking:
            if len(idle) > 1:
                return idle.popleft()
        connection: Connection = refusing(lambda: self.connect(*to))
        for json_type in (114, 3802):
            connection.register_in_adapter(json_type, str)
        self.belongs[id(connection)] = to
        return connection

    def give_back(self, connection: Connection) -> None:
        with suppress(Exception):
            connection.run("ROLLBACK")
            connection.run("DISCARD ALL")
            with self.taking:
                self.idle[self.belongs[id(connection)]].append(connection)

    @contextmanager
    def other(self, body: Mapping[str, Any]) -> Iterator[Connection]:
        connection = self.connect(body["secretArn"], body.get("database", "postgres"))
        try:
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        for name in list(self.transactions):
            self.forget(name)
        for idle in self.idle.values():
            for connection in idle:
                with suppress(Exception):
                    connection.close()
        self.pool.shutdown(wait=False, cancel_futures=True)
