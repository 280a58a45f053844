"""A way for a browser on this machine to an API that wants signed requests.

It signs for whoever can reach it, so it listens on the loopback alone, and refuses what was sent in
the name of another site: a page elsewhere could otherwise have the user's browser write through it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import quote

from handlers.adapters.signed_http import HttpAnswer, SignedHttp, Unanswered
from handlers.domain.preview.wire import WireRequest

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials

HOST = "127.0.0.1"
_LARGEST = 10 * 1024 * 1024
"""What an HTTP API takes."""
_OF_ONE_HOP = frozenset({
    "connection", "content-length", "date", "expect", "host", "keep-alive", "proxy-authenticate",
    "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
})  # fmt: skip
_SITES = (None, "same-origin", "none")


class SigningProxy(ThreadingHTTPServer):
    """Passes requests on to the API at `url`, signed with what `credentials` answers. Its own
    address is `at`; port 0 is any free one. Raises OSError when the port is taken.
    """

    daemon_threads = True

    def __init__(
        self,
        port: int,
        url: str,
        http: SignedHttp,
        credentials: "Callable[[], ReadOnlyCredentials]",
    ) -> None:
        super().__init__((HOST, port), _Handler)
        self.url, self.at = url.rstrip("/"), f"http://{HOST}:{self.server_port}"
        self._http, self._credentials = http, credentials

    def pass_on(self, wire: WireRequest) -> HttpAnswer:
        """The API's answer. Raises Unanswered."""
        return self._http.send(wire, self._credentials())

    @property
    def names(self) -> tuple[str, str]:
        """What a browser that was sent here writes as its host."""
        return f"{HOST}:{self.server_port}", f"localhost:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: SigningProxy
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        length = self.headers.get("content-length", "0")
        if why := self._refusal(length):
            self.close_connection = True
            self._say(403, why)
            return
        headers = {
            name: ", ".join(self.headers.get_all(name, []))
            for name in self.headers
            if name.lower() not in _OF_ONE_HOP
        }
        path = quote(self.path, safe="/%:@!$&'()*+,;=~-._?")
        body = self.rfile.read(int(length))
        try:
            answer = self.server.pass_on(
                WireRequest(self.command, self.server.url + path, headers, body)
            )
        except Unanswered as error:
            self._say(502, str(error))
            return
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() not in _OF_ONE_HOP:
                self.send_header(name, value.replace(self.server.url, self.server.at))
        self._end(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _any  # noqa: N815

    def _refusal(self, length: str) -> str | None:
        if self.headers.get("host") not in self.server.names:
            return "greenshift preview answers to its own address alone"
        if self.headers.get("sec-fetch-site") not in _SITES:
            return "greenshift preview does not sign what another site has sent"
        origin = self.headers.get("origin")
        if origin is not None and origin not in [f"http://{name}" for name in self.server.names]:
            return "greenshift preview does not sign what another site has sent"
        if not length.isdecimal() or int(length) > _LARGEST or "transfer-encoding" in self.headers:
            return "greenshift preview passes on bodies of a known length, 10 MB at most"
        return None

    def _say(self, status: int, sentence: str) -> None:
        self.send_response(status)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self._end(f"{sentence}\n".encode())

    def _end(self, body: bytes) -> None:
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Who asks what is the API's own log to say."""


@contextmanager
def serving(proxy: SigningProxy) -> Iterator[SigningProxy]:
    """The proxy at work, until the block ends."""
    thread = Thread(target=proxy.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
