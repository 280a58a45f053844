"""Lambda's Invoke API on an address of this machine, for an interpreter outside this process."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any
from urllib.parse import unquote, urlsplit

INVOCATIONS = re.compile("/2015-03-31/functions/([^/]+)/invocations")


class LambdaEndpoint(ThreadingHTTPServer):
    """Answers every Invoke with what `invoke` answers, for functions named by name or ARN."""

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Invocation)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def invoke(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """To be replaced, for as long as somebody wants to be called."""
        raise LookupError(f"nobody answers for {parameters['FunctionName']}")

    def server_bind(self) -> None:
        # HTTPServer would ask the DNS for the address's name, and wait.
        TCPServer.server_bind(self)


class _Invocation(BaseHTTPRequestHandler):
    # 1.0 knows no "Expect: 100-continue", with which AWS's SDK for Java asks before it sends.
    protocol_version = "HTTP/1.1"
    server: LambdaEndpoint

    def do_POST(self) -> None:
        document = self.rfile.read(int(self.headers["Content-Length"])).decode()
        asked = INVOCATIONS.fullmatch(urlsplit(self.path).path)
        if asked is None:
            self.send_error(404)
            return
        parameters = {"FunctionName": unquote(asked[1]), "Payload": document}
        answer = self.server.invoke(parameters)
        payload = json.dumps(answer["Payload"]).encode()
        self.send_response(answer["StatusCode"])
        if "FunctionError" in answer:
            self.send_header("X-Amz-Function-Error", answer["FunctionError"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Says nothing: the engine keeps the calls."""


@contextmanager
def lambda_endpoint(address: str) -> Iterator[LambdaEndpoint]:
    """An endpoint on a free port of the address, open for as long as the block lasts."""
    with LambdaEndpoint(address) as endpoint:
        threading.Thread(target=endpoint.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield endpoint
        finally:
            endpoint.shutdown()
