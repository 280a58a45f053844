"""One deployment of each kind on AWS's own interpreter, whichever the other tests run on.

It needs Docker and the image; what is missing of them is told, and nothing is proven without.
"""

from collections.abc import Iterator

import pytest
import test_bad_inputs
import test_failures
import test_recovery
import test_ways_in
from docker_engine import Unproven
from engine import Engine
from service import RAISES, Service
from states import States

pytestmark = pytest.mark.usefixtures("states")


@pytest.fixture(scope="session")
def states(request: pytest.FixtureRequest) -> Iterator[States]:
    try:
        found = request.getfixturevalue("awss")
    except Unproven as missing:
        pytest.skip(f"unproven: {missing}")
    return found


def test_a_good_release_is_released(shop: Service, machine: Engine) -> None:
    test_ways_in.test_each_way_in_leads_to_released_and_live_serves_green_alone(
        shop, machine, "uploaded"
    )


def test_a_refused_request_is_rejected(shop: Service, machine: Engine) -> None:
    test_bad_inputs.test_an_input_that_cannot_be_meant(shop, machine, "unknown action")


def test_a_failed_check_is_rolled_back_and_live_never_moved(shop: Service, machine: Engine) -> None:
    test_failures.test_a_green_that_fails_its_check_never_gets_traffic(
        shop, machine, RAISES, "RuntimeError: green is broken"
    )


def test_a_bad_green_is_rolled_back_by_the_bakes_verdict(
    shop: Service, slow_machine: Engine
) -> None:
    test_failures.test_a_green_that_fails_real_requests_is_caught_in_the_bake_and_blue_is_back(
        shop, slow_machine
    )


def test_a_stopped_execution_is_recovered(shop: Service, machine: Engine) -> None:
    test_recovery.test_a_stop_in_any_phase_leaves_the_service_whole(
        shop, machine, "shift_traffic", "before"
    )
