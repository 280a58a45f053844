"""Signed requests over real HTTP: to a server on the loopback, and to none."""

import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from handlers.adapters import signed_http
from handlers.adapters.functions.probes import Answered
from handlers.adapters.preview_calls import PreviewCaller, PreviewCalls
from handlers.adapters.signed_http import SignedHttp
from handlers.domain.preview.wire import WireRequest
from handlers.errors import AwsRefused, TransientAws

SECRET = Credentials("AKIA", "secret", "token")
Answer = Callable[[BaseHTTPRequestHandler], None]


def say(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Server:
    """Answers each request as `answer` does, and keeps what it was sent."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answer: Answer = lambda handler: say(handler, 200, b'{"ok": true}', X_Way="here")
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {key.lower(): value for key, value in self.headers.items()}
                server.seen.append((self.command, self.path, headers, body))
                server.answer(self)

            do_GET = do_POST = do_HEAD = _any

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        if context:
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def send(url: str, method: str = "GET", body: bytes = b"", *, read: float = 5) -> Answered:
    wire = WireRequest(method, url, {"x-a": "1"}, body)
    http = SignedHttp("eu-west-1", URLLib3Session(timeout=(2, read)))
    return PreviewCaller(http, SECRET).send(wire, "8")


def test_an_answer_looks_as_the_functions_own_would(server: Server) -> None:
    answered = send(f"{server.url}/orders?q=1")
    assert answered.error is None
    assert answered.payload["statusCode"] == 200
    assert answered.payload["body"] == '{"ok": true}'
    assert answered.payload["headers"]["X-Way"] == "here"
    assert (answered.version, answered.init_ms) == ("8", None)
    assert answered.milliseconds > 0


def test_a_request_is_signed_for_execute_api_with_the_roles_token(server: Server) -> None:
    send(f"{server.url}/a%2Fb?q=a%20b&c=", "POST", b"{}")
    ((method, path, headers, body),) = server.seen
    assert (method, path, body) == ("POST", "/a%2Fb?q=a%20b&c=", b"{}")
    assert headers["x-amz-security-token"] == "token"
    scope, signed, signature = re.fullmatch(  # type: ignore[union-attr]
        r"AWS4-HMAC-SHA256 Credential=AKIA/\d{8}/(\S+), SignedHeaders=(\S+), Signature=(\w+)",
        headers["authorization"],
    ).groups()
    assert scope == "eu-west-1/execute-api/aws4_request"
    assert {"host", "x-a", "x-amz-date", "x-amz-security-token"} <= set(signed.split(";"))
    # What arrived is signed again by what the signature itself names.
    signer = SigV4Auth(SECRET, "execute-api", "eu-west-1")
    kept = {name: headers[name] for name in signed.split(";")}
    again = AWSRequest(method=method, url=server.url + path, headers=kept, data=body)
    again.context["timestamp"] = headers["x-amz-date"]
    to_sign = signer.string_to_sign(again, signer.canonical_request(again))
    assert signer.signature(to_sign, again) == signature


def test_no_redirect_is_followed(server: Server) -> None:
    server.answer = lambda handler: say(handler, 302, b"", Location="http://127.0.0.1:1/elsewhere")
    answered = send(server.url + "/")
    assert answered.error is None
    assert answered.payload["statusCode"] == 302
    assert len(server.seen) == 1


def test_a_head_has_no_body(server: Server) -> None:
    server.answer = lambda handler: (handler.send_response(204), handler.end_headers())[0]
    answered = send(server.url + "/", "HEAD")
    assert (answered.payload["statusCode"], answered.payload["body"]) == (204, "")


def test_an_address_that_nobody_serves_is_said(server: Server) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/orders"
    answered = send(url)
    assert answered.payload is None
    assert f"GET {url}: EndpointConnectionError" in str(answered.error)


def test_an_answer_that_does_not_come_is_not_waited_for(server: Server) -> None:
    over = threading.Event()
    server.answer = lambda handler: (over.wait(20), say(handler, 200, b""))[1]
    answered = send(server.url + "/", read=0.2)
    over.set()
    assert "ReadTimeoutError" in str(answered.error)
    assert answered.milliseconds < 5000


def test_an_answer_that_trickles_is_cut_off(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "1000000")
        handler.end_headers()
        while not over.wait(0.02):
            try:
                handler.wfile.write(b"x" * 2000)
            except OSError:
                return

    server.answer = trickle
    monkeypatch.setattr(signed_http, "_LONGEST_SECONDS", 0.3)
    monkeypatch.setattr(signed_http, "_CHUNK", 1000)
    began = time.monotonic()
    answered = send(server.url + "/")
    over.set()
    assert "it was still answering after" in str(answered.error)
    assert time.monotonic() - began < 5


def test_an_answer_that_is_too_large_is_cut_off(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signed_http, "_LARGEST", 2 * 1024 * 1024)
    server.answer = lambda handler: say(handler, 200, b"x" * (2 * 1024 * 1024 + 1))
    assert "it answers more than 2 MB" in str(send(server.url + "/").error)


def test_an_answer_that_breaks_off_is_said(server: Server) -> None:
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("content-length", "100")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.close_connection = True

    server.answer = half
    assert "GET" in str(send(server.url + "/").error)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out",
         str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Server(context)
    answered = send(server.url + "/")
    server.close()
    assert "SSLError" in str(answered.error)
    assert server.seen == []


class Sts:
    meta = SimpleNamespace(region_name="eu-west-1")

    def __init__(self, code: str | None = None) -> None:
        self.code = code
        self.asked: dict[str, str] = {}

    def assume_role(self, **asked: str) -> Any:
        self.asked = asked
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "AssumeRole")
        given = {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}
        return {"Credentials": given}


ROLE = "arn:aws:iam::123456789012:role/greenshift-preview/orders"


def test_a_preview_is_called_in_its_role_under_the_deployments_name(server: Server) -> None:
    sts = Sts()
    caller = PreviewCalls(sts).become(ROLE, "orders-1.1.0-x")
    assert sts.asked == {"RoleArn": ROLE, "RoleSessionName": "orders-1.1.0-x"}
    assert caller.send(WireRequest("GET", server.url + "/", {}, b""), "8").error is None
    assert server.seen[0][2]["x-amz-security-token"] == "c"


@pytest.mark.parametrize(
    ("code", "error"), [("AccessDenied", AwsRefused), ("Throttling", TransientAws)]
)
def test_a_role_that_is_not_given_is_told_in_our_words(code: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"AssumeRole: {code}"):
        PreviewCalls(Sts(code)).become(ROLE, "orders-1.1.0-x")
