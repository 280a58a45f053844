"""What is explored: deployments with a known end, and of each the phases whose calls meet faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine import PHASES

from tests.faults.kinds import OF_AWS, ON_AN_ALIAS

CHECK = """[[checks]]
name = "up"
function = "api"
http = {method = "GET", path = "/"}
expect = {status = 200}
"""
PLAN = "steps(50@0.001, 100@0.001)"
DATABASE = "with a database"
CONFIGURED = "with settings"
ALONE = "reject"
"""What becomes of a second deployment, where a scenario is not about that."""
PHASES_UP = tuple(each for each in PHASES.values() if each != "roll_back")


@dataclass(frozen=True)
class Scenario:
    """A deployment: what is live before it, what it is asked, and how it ends when nothing fails.

    `phases` are those explored, with faults of these `kinds`: the others' are another scenario's. Versions in `failing`
    fail checks; `counts` are failures of a thousand requests by version, once green has the share
    `counted_from`. `given` are faults that always happen, as what is to be
    recovered.

    `meanwhile` is the phase at whose beginning 1.2.0 is asked for as well, which waits or has the
    other give way, as `concurrency` says; its calls are `second.<phase>`, those of its turn
    `turn.<phase>`, and `end` is the turn's. Where ends are `unheard`, no listener hears of them, and
    the sweep has to find what they left.
    """

    name: str
    told: str
    live: str
    request: Mapping[str, Any]
    end: str
    phases: tuple[str, ...]
    failing: frozenset[str] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)
    counted_from: float = 0.5
    given: tuple[str, ...] = ()
    concurrency: str = ALONE
    meanwhile: str = ""
    unheard: bool = False
    kinds: tuple[str, ...] = OF_AWS

    @property
    def database(self) -> bool:
        """Whether the service has one."""
        return self.live.startswith(DATABASE)

    @property
    def configured(self) -> bool:
        """Whether its releases bring settings of each function, whose versions are kept warm."""
        return self.live.startswith(CONFIGURED)

    @property
    def queues(self) -> bool:
        """Whether a second deployment comes while the first one runs."""
        return bool(self.meanwhile)


ALL = (
    Scenario(
        "release",
        "1.1.0 is released in two steps",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="Released",
        phases=PHASES_UP,
    ),
    Scenario(
        "configured",
        "1.1.0 changes code and settings of functions, which a hand may change as well",
        live=f"{CONFIGURED}, 1.0.0",
        request={"release": "1.1.0"},
        end="Released",
        phases=("provision_green",),
        kinds=(*OF_AWS, "hand"),
    ),
    Scenario(
        "moved",
        "1.1.0 is released in two steps, and somebody moves or deletes an alias meanwhile",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="Released",
        phases=PHASES_UP,
        kinds=ON_AN_ALIAS,
    ),
    Scenario(
        "moved-back",
        "green fails half of its requests, and somebody moves or deletes an alias on the way back",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="RolledBack",
        phases=("roll_back",),
        counts={"2": 0, "3": 500},
        kinds=ON_AN_ALIAS,
    ),
    Scenario(
        "bad-bake",
        "green fails half of its requests at the first step, and blue is back",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="RolledBack",
        phases=("bake", "roll_back"),
        counts={"2": 0, "3": 500},
    ),
    Scenario(
        "late-bad-bake",
        "green fails half of its requests when it has them all, and blue is back",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="RolledBack",
        phases=("roll_back",),
        counts={"2": 0, "3": 500},
        counted_from=1.0,
    ),
    Scenario(
        "failed-check",
        "green fails its check and never gets traffic",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="RolledBack",
        phases=("verify_green", "roll_back"),
        failing=frozenset({"3"}),
    ),
    Scenario(
        "recovery",
        "the deployment is stopped during the first bake, and recovered",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="RolledBack",
        phases=("recover", "roll_back"),
        given=("bake:Invocation:-:1=stopped",),
    ),
    Scenario(
        "rollback",
        "1.1.0 is live, and a person goes back to 1.0.0",
        live="1.1.0",
        request={"action": "rollback"},
        end="RolledBack",
        phases=("roll_back",),
    ),
    Scenario(
        "rollback-to",
        "1.2.0 is live, and a person goes back to 1.0.0, past 1.1.0",
        live="1.2.0",
        request={"action": "rollback", "to": "1.0.0"},
        end="RolledBack",
        phases=("roll_back",),
    ),
    Scenario(
        "migration",
        "1.1.0 expands the schema of its PostgreSQL and moves data before it is released",
        live=f"{DATABASE}, 1.0.0",
        request={"release": "1.1.0"},
        end="Released",
        phases=("migrate_schema",),
    ),
    Scenario(
        "contract",
        "what only 1.0.0 needed of the schema is removed",
        live=f"{DATABASE}, 1.1.0",
        request={"action": "contract", "release": "1.1.0"},
        end="Released",
        phases=("plan", "migrate_schema", "finalize"),
    ),
    Scenario(
        "queue",
        "1.2.0 is asked for while 1.1.0 bakes, waits, and has its turn",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="Released",
        phases=("second.plan", "start_next", "turn.plan"),
        concurrency="queue",
        meanwhile="bake",
    ),
    Scenario(
        "supersede",
        "1.2.0 is asked for while 1.1.0 is verified, which gives way on its green",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="Released",
        phases=("second.plan", "verify_green", "roll_back", "start_next"),
        concurrency="supersede",
        meanwhile="verify_green",
    ),
    Scenario(
        "supersede-early",
        "1.2.0 is asked for before 1.1.0 has begun, which gives way with nothing done",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="Released",
        phases=("provision_green", "roll_back"),
        concurrency="supersede",
        meanwhile="provision_green",
    ),
    Scenario(
        "sweep",
        "1.1.0 is stopped during its second bake while 1.2.0 waits, and only the sweep finds them",
        live="1.0.0",
        request={"release": "1.1.0"},
        end="Released",
        phases=("sweep",),
        given=("bake:Invocation:-:2=stopped",),
        concurrency="queue",
        meanwhile="bake",
        unheard=True,
    ),
)
BY_NAME = {each.name: each for each in ALL}
