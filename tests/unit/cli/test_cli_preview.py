"""`greenshift preview`: what a browser asks for is signed and passed on, and nothing else."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from account import Account
from botocore.credentials import ReadOnlyCredentials

from handlers.adapters.signed_http import SignedHttp
from infra.cli.signing_proxy import SigningProxy, serving

KEYS = ReadOnlyCredentials("AKIA", "secret", "token")


class Api:
    """An API on the loopback that keeps what it was sent, and sets two cookies."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {key.lower(): value for key, value in self.headers.items()}
                api.seen.append((self.command, self.path, headers, body))
                answer = b"green"
                self.send_response(302 if self.path == "/old" else 200)
                self.send_header("location", f"{api.url}/new")
                self.send_header("set-cookie", "a=1")
                self.send_header("set-cookie", "b=2")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_HEAD = do_POST = _any

            def log_message(self, *args: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def api() -> Iterator[Api]:
    made = Api()
    thread = threading.Thread(target=made.http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield made
    made.http.shutdown()
    thread.join()
    made.http.server_close()


@pytest.fixture
def proxy(api: Api) -> Iterator[SigningProxy]:
    with serving(SigningProxy(0, api.url, SignedHttp("eu-west-1"), lambda: KEYS)) as found:
        yield found


def ask(
    proxy: SigningProxy, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, list[tuple[str, str]], bytes]:
    connection = HTTPConnection("127.0.0.1", proxy.server_port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    found = answer.status, answer.getheaders(), answer.read()
    connection.close()
    return found


def test_a_browsers_request_is_signed_and_its_answer_passed_back(
    proxy: SigningProxy, api: Api
) -> None:
    status, headers, body = ask(proxy, "/orders?q=a%20b", "POST", b"x", cookie="a=1")
    assert (status, body) == (200, b"green")
    assert [value for name, value in headers if name.lower() == "set-cookie"] == ["a=1", "b=2"]
    ((method, path, sent, received),) = api.seen
    assert (method, path, received) == ("POST", "/orders?q=a%20b", b"x")
    assert sent["cookie"] == "a=1"
    assert sent["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA/")
    assert "/eu-west-1/execute-api/aws4_request" in sent["authorization"]
    assert sent["x-amz-security-token"] == "token"


def test_a_redirect_to_the_preview_stays_in_the_browser_and_on_its_address(
    proxy: SigningProxy, api: Api
) -> None:
    status, headers, _ = ask(proxy, "/old")
    assert status == 302
    assert dict(headers)["location"] == f"{proxy.at}/new"
    assert len(api.seen) == 1


def test_a_head_has_no_body(proxy: SigningProxy) -> None:
    assert ask(proxy, "/", "HEAD")[::2] == (200, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"origin": "https://evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_what_another_site_has_the_browser_send_is_not_signed(
    proxy: SigningProxy, api: Api, headers: dict[str, str]
) -> None:
    status, _, body = ask(proxy, "/orders", "POST", b"{}", **headers)
    assert status == 403
    assert b"greenshift preview" in body
    assert api.seen == []


def test_what_the_page_itself_sends_is_signed(proxy: SigningProxy) -> None:
    assert ask(proxy, "/", origin=proxy.at, sec_fetch_site="same-origin")[0] == 200
    assert ask(proxy, "/", host=f"localhost:{proxy.server_port}", sec_fetch_site="none")[0] == 200


def test_a_body_that_no_api_takes_is_refused(proxy: SigningProxy, api: Api) -> None:
    assert ask(proxy, "/", "POST", content_length="20000000")[0] == 403
    assert ask(proxy, "/", "POST", transfer_encoding="chunked")[0] == 403
    assert api.seen == []


def test_an_api_that_does_not_answer_is_a_bad_gateway(api: Api) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    with serving(SigningProxy(0, nobody, SignedHttp("eu-west-1"), lambda: KEYS)) as found:
        status, _, body = ask(found, "/")
    assert status == 502
    assert b"EndpointConnectionError" in body


def previewed(account: Account, url: str) -> str:
    """The name of a service that has a preview."""
    name = account.service().name
    ssm, parameter = account.client("ssm"), f"/greenshift/services/{name}"
    document = json.loads(ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
    text = json.dumps(document | {"preview": {"url": url}})
    ssm.put_parameter(Name=parameter, Value=text, Type="String", Overwrite=True)
    account.client("lambda").create_alias(
        FunctionName=f"{name}-api", Name="preview", FunctionVersion="1"
    )
    return name


def test_the_command_serves_until_it_is_told_to_end(account: Account, api: Api) -> None:
    name = previewed(account, api.url)
    command = [sys.executable, "-m", "infra.cli", "preview", name, "--port", "0", "--json"]
    environment = {**os.environ, **account.environment.variables()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stdout is not None
        told = json.loads(running.stdout.readline())
        assert (told["url"], told["versions"]) == (api.url, {"api": "1"})
        connection = HTTPConnection(told["at"].removeprefix("http://"), timeout=10)
        connection.request("GET", "/orders")
        assert connection.getresponse().read() == b"green"
        connection.close()
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 0


def test_a_service_without_a_preview_and_a_port_that_is_taken_are_said(
    account: Account, api: Api, greenshift: Any
) -> None:
    result = greenshift("preview", account.service().name)
    assert result.exit_code == 1
    assert "has no preview: give its BlueGreenService preview=Preview()" in result.stderr
    taken = greenshift("preview", previewed(account, api.url), "--port", api.http.server_port)
    assert taken.exit_code == 1
    assert f"127.0.0.1:{api.http.server_port} cannot be listened on" in taken.stderr
