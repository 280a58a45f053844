"""Where aliases point at a step, and in which order functions move."""

import pytest

from handlers.domain.shift.traffic import Managed, Target, description, target, way_back, way_up

API = Managed("api", "orders-api", "entry", "7", weighted=True)
WORKER = Managed("worker", "orders-worker", "consumer", "5", weighted=True)
FIFO = Managed("fifo", "orders-fifo", "consumer", "3", weighted=False)
PEER = Managed("peer", "orders-peer", "internal", "2", weighted=True)


@pytest.mark.parametrize(
    ("function", "weight", "wanted"),
    [
        (API, 0, Target("7", {})),
        (API, 1, Target("7", {"8": 0.01})),
        (API, 50, Target("7", {"8": 0.5})),
        (API, 99, Target("7", {"8": 0.99})),
        (API, 100, Target("8", {})),
        (FIFO, 50, Target("3", {})),
        (FIFO, 99, Target("3", {})),
        (FIFO, 100, Target("8", {})),
    ],
)
def test_a_weight_is_green_s_share_and_what_cannot_be_weighted_moves_at_a_hundred(
    function: Managed, weight: int, wanted: Target
) -> None:
    assert target(function, "8", weight) == wanted


def test_consumers_go_first_on_the_way_up_and_entries_on_the_way_back() -> None:
    up = way_up([API, PEER, WORKER, FIFO])
    assert up == [[FIFO, WORKER], [PEER], [API]]
    assert way_back([API, PEER, WORKER, FIFO]) == [[API], [PEER], [FIFO, WORKER]]
    assert way_up([API]) == [[API]]
    assert way_up([]) == []


def test_a_flip_says_who_made_it_under_which_token() -> None:
    assert description("orders", 7, "orders-1.0.0-x", 2) == "greenshift orders t7 orders-1.0.0-x 2"
