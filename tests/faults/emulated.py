"""The embedded AWS in this process: the same emulator with the same corrections, without a socket,
and with a state that can be taken up again."""

import io
import os
import pickle
import threading
from collections.abc import Coroutine, Iterator
from importlib import import_module
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from infra.local.corrections import apply_all

SERVICES = ("dynamodb", "lambda_svc", "s3", "ssm", "cloudwatch", "secretsmanager")
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "GREENSHIFT_TABLE": "greenshift-ledger",
    "GREENSHIFT_BUCKET": "greenshift-artifacts",
}


class _Body(io.BytesIO):
    """What botocore reads of an answer's body."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        while chunk := self.read(amt):
            yield chunk


class Emulated:
    """Boto3's own clients, whose requests the emulator answers in this process."""

    endpoint_url = "in this process"
    environment = ENVIRONMENT

    def __init__(self) -> None:
        apply_all()
        self._app = import_module("ministack.app").app
        self._lock = threading.RLock()
        self._services = [import_module(f"ministack.services.{name}") for name in SERVICES]
        self._functions = import_module("ministack.services.lambda_svc")
        # It would wait half a second by the wall clock: a function is ready after one more request.
        self._functions._schedule_state_transition = lambda *_: setattr(self, "_ready_in", 2)
        self._ready_in = 0
        self._new = self.snapshot()

    def client(self, service: str) -> Any:
        """A new client of the service."""
        config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
        client = boto3.client(service, config=config)  # type: ignore[call-overload]
        client.meta.events.register_first("before-send", self._send)
        return client

    def provide(self) -> None:
        """Holds nothing but what the deployer's stack makes: the ledger and the bucket of bundles."""
        self.restore(self._new)
        keys = {"pk": "HASH", "sk": "RANGE"}
        self.client("dynamodb").create_table(
            TableName=ENVIRONMENT["GREENSHIFT_TABLE"],
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        s3, bucket = self.client("s3"), ENVIRONMENT["GREENSHIFT_BUCKET"]
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def snapshot(self) -> bytes:
        """All that the services hold, to be restored as often as one likes."""
        with self._lock:
            return pickle.dumps({where: store._data for where, store in self._stores()})

    def restore(self, snapshot: bytes) -> None:
        """Makes the services hold what they held then, and nothing else."""
        with self._lock:
            held = pickle.loads(snapshot)
            for where, store in self._stores():
                store._data = held.get(where, {})

    def _stores(self) -> Iterator[tuple[tuple[str, str], Any]]:
        for module in self._services:
            for name, value in vars(module).items():
                if type(value).__name__ in ("AccountScopedDict", "AccountRegionScopedDict"):
                    yield (module.__name__, name), value

    def _make_ready(self) -> None:
        self._ready_in -= 1
        if self._ready_in:
            return
        for function in self._functions._functions._data.values():
            versions = [each["config"] for each in function["versions"].values()]
            for configuration in [function["config"], *versions]:
                configuration.update(State="Active", LastUpdateStatus="Successful")

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        parts, body = urlsplit(request.url), request.body or b""
        if hasattr(body, "read"):
            body = body.read()
        raw = body.encode() if isinstance(body, str) else bytes(body)
        headers = {"host": parts.netloc, **request.headers}
        answer: dict[str, Any] = {"headers": [], "body": b""}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            answer["body"] += message.get("body", b"")
            answer.update({key: message[key] for key in ("status", "headers") if key in message})

        scope = {
            "type": "http",
            "method": request.method,
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "headers": [(_bytes(key).lower(), _bytes(value)) for key, value in headers.items()],
        }
        with self._lock:
            _run(self._app(scope, receive, send))
            self._make_ready()
        named = {key.decode(): value.decode() for key, value in answer["headers"]}
        return AWSResponse(request.url, answer["status"], named, _Body(answer["body"]))


def _run(answering: Coroutine[Any, Any, None]) -> None:
    """Runs what waits for nothing to its end: without an event loop and its system calls."""
    try:
        answering.send(None)
    except StopIteration:
        return
    raise RuntimeError("the emulator waits for something, and nothing here would bring it")


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
