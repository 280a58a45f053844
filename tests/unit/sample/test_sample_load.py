"""The load: its pace, what it counts, and that it stays on this machine."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.sample.load import Answerer, Load
from infra.sample.load_report import Tally

GREEN = Answerer("1.1.0", "8")


class Shop(BaseHTTPRequestHandler):
    """Orders in memory; what `spoil(status, answer)` of the server makes of an answer is sent."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write for headers and body: two would wait for each other

    def do_POST(self):
        wish = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = f"order-{len(self.server.orders)}"
        self.server.orders[key] = {"id": key, "state": "pending", **wish}
        self.reply(201, self.server.orders[key])

    def do_GET(self):
        self.reply(200, self.server.orders[self.path.rpartition("/")[2]])

    def reply(self, status, answer):
        spoilt = self.server.spoil(status, answer)
        if spoilt is None:
            self.close_connection = True
            return
        status, answer = spoilt
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.send_header("x-orders-release", GREEN.release)
        self.send_header("x-orders-version", GREEN.version)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def shop():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.orders, server.spoil = {}, lambda status, answer: (status, answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


def load_on(server, **settings):
    settings = {"rate": 2000, "connections": 3, "ramp_seconds": 0, "max_requests": 120, **settings}
    return Load(f"http://127.0.0.1:{server.server_port}", **settings)


def counts_of(load):
    """The final counts of a load that ends by its number of requests."""
    with load:
        deadline = time.monotonic() + 30
        while load.counts().requests < 120 and time.monotonic() < deadline:
            time.sleep(0.01)
    return load.counts()


def test_every_request_is_counted_by_who_answered_it(shop):
    load = load_on(shop)
    counts = counts_of(load)
    assert (counts.requests, counts.failed, counts.failures) == (120, 0, {})
    assert counts.requests_by == {GREEN: 120}
    assert counts.first_failure_at is None
    assert counts.placed == len(shop.orders) == len(load.placed())
    assert 0 < counts.p50_ms <= counts.p95_ms <= counts.p99_ms <= counts.slowest_ms


SPOILT = {
    "another status": (lambda status, answer: (500, answer), "status 500"),
    "no object": (lambda status, answer: (status, []), "body: no order"),
    "another sku": (lambda status, answer: (status, {**answer, "sku": "x"}), "body: another order"),
    "a strange state": (
        lambda status, answer: (status, {**answer, "state": "?"}),
        "body: no state",
    ),
    "a broken connection": (lambda status, answer: None, "connection: RemoteDisconnected"),
}


@pytest.mark.parametrize(("spoil", "failure"), SPOILT.values(), ids=SPOILT)
def test_an_answer_that_is_not_right_is_a_failure(shop, spoil, failure):
    shop.spoil = spoil
    before = time.time()
    counts = counts_of(load_on(shop))
    assert counts.failures == {failure: 120}
    assert counts.failed == 120
    assert before <= counts.first_failure_at <= counts.last_failure_at <= time.time()
    assert 0 < len(counts.examples) <= 5


def test_an_order_that_is_read_as_another_one_is_a_failure(shop):
    shop.spoil = lambda status, answer: (status, {**answer, "id": "x"} if status == 200 else answer)
    counts = counts_of(load_on(shop))
    assert set(counts.failures) == {"body: another order"}


def test_the_pace_is_never_faster_than_asked(shop):
    load = load_on(shop, rate=100, max_requests=30)
    with load:
        began = time.monotonic()
        while load.counts().requests < 30:
            assert time.monotonic() - began < 30
            time.sleep(0.005)
        took = time.monotonic() - began
    assert took > 0.25


def test_the_ramp_asks_for_half_as_much():
    load = Load("http://127.0.0.1:1", rate=100, ramp_seconds=2)
    assert [round(load._offset(n), 2) for n in (0, 25, 100, 101, 200)] == [0, 1, 2, 2.01, 3]


def test_a_load_ends_by_its_time(shop):
    load = load_on(shop, max_requests=10**6, max_seconds=0.2)
    load.start()
    for thread in load._threads:
        thread.join(30)
        assert not thread.is_alive()
    assert load.stop().requests > 0


@pytest.mark.parametrize(
    "url", ["http://orders.example.com", "https://127.0.0.1:1", "http://10.0.0.1", "127.0.0.1:80"]
)
def test_another_machine_is_refused(url):
    with pytest.raises(ValueError, match="not an http:// address of this machine"):
        Load(url)


def test_percentiles_are_within_a_tenth():
    tally = Tally()
    for milliseconds in range(1, 1001):
        tally.add(GREEN, float(milliseconds), None, "")
    counts = tally.snapshot(tally.began + 10)
    assert counts.p50_ms == pytest.approx(500, rel=0.11)
    assert counts.p99_ms == pytest.approx(990, rel=0.11)
    assert counts.slowest_ms == 1000
    assert counts.rate == 100
