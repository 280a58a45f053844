"""The fake Data API at a URL of its own, as boto3 calls it."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from data_api_model import Failure, status_of
from fake_data_api import FakeDataApi


@contextmanager
def serving(api: FakeDataApi) -> Iterator[str]:
    """Serves the API until the end of the block, which fails for what did not fit its model."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            kind, status = None, 200
            try:
                answer = api.answer(self.path, body)
            except Failure as failure:
                kind, status = failure.code, status_of(self.path, failure.code)
                answer = {"message": failure.message}
            except Exception as misfit:
                api.misfits.append(repr(misfit))
                raise
            if self.path in api.lost:
                api.lost.discard(self.path)
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if kind:
                self.send_header("x-amzn-ErrorType", kind)
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(data)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
        assert not api.misfits, api.misfits
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        api.close()
