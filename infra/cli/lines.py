"""A deployment as plain lines: for pipes, logs and terminals without cursor."""

from collections.abc import Iterator

from infra.cli.durations import between, clock
from infra.cli.words import counts, ending, one_line, stage_name, stage_time, title
from statemachine.following import Observation

TELLING = ("MigrateSchema", "RunHooks", "Queued")
"""Phases that tell how far they are while they are under way."""
QUIET_SECONDS = 10.0
"""The pause between two lines about the same bake or backfill."""


class Lines:
    """Turns observations into lines, each thing told once; a bake and a backfill at most every
    `quiet_seconds`.
    """

    def __init__(self, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._quiet = quiet_seconds
        self._titled: str | None = None
        self._told: set[tuple[str, int, bool]] = set()
        self._baked = ("", "")
        self._migrated = ("", "")
        self._previewed = False
        self._asked = 0

    def of(self, seen: Observation, side: str | None = None) -> Iterator[str]:
        """The lines that are new with this observation; `side` is told along with the bake."""
        if self._titled != seen.deployment and (seen.deployment or seen.answer):
            self._titled = seen.deployment
            yield f"{clock(seen.started_at or seen.at)} {title(seen)}"
        for stage in seen.stages:
            done = stage.ended_at is not None
            if (stage.phase, stage.step, True) in self._told or (
                (stage.phase, stage.step, done) in self._told
            ):
                continue
            self._told.add((stage.phase, stage.step, done))
            if done:
                words = f": {one_line(stage.told)}" if stage.told else ""
                moment = clock(stage.ended_at or seen.at)
                went = "failed after" if stage.failed else "done in"
                yield f"{moment} {stage_name(stage)}: {went} {stage_time(stage, seen.at)}{words}"
            else:
                yield f"{clock(stage.started_at)} {stage_name(stage)} …"
        if seen.preview and not self._previewed:
            self._previewed = True
            yield f"{clock(seen.at)} preview: green can be tried at {seen.preview}"
        yield from self._progress(seen)
        if seen.asks and self._asked != seen.step:
            self._asked = seen.step
            yield f"{clock(seen.at)} {stage_name(seen.stages[-1])} asks: {one_line(seen.reason)}"
        yield from self._bake(seen, side)
        if seen.answer is not None:
            ended = clock(seen.answer["endedAt"])
            yield from (f"{ended} {line}" for line in ending(seen))

    def _progress(self, seen: Observation) -> Iterator[str]:
        stage = seen.stages[-1] if seen.stages else None
        if stage is None or stage.phase not in TELLING or stage.ended_at is not None:
            return
        last, before = self._migrated
        quiet = last and between(last, seen.at) < self._quiet
        if not stage.told or stage.told == before or quiet:
            return
        self._migrated = (seen.at, stage.told)
        yield f"{clock(seen.at)} {stage_name(stage)}: {one_line(stage.told)}"

    def _bake(self, seen: Observation, side: str | None) -> Iterator[str]:
        stage = seen.stages[-1] if seen.stages else None
        baking = stage is not None and stage.phase == "Bake" and stage.ended_at is None
        if not baking and not side:
            return
        last, before = self._baked
        if last and between(last, seen.at) < self._quiet:
            return
        told = "" if seen.asks else one_line(seen.reason)
        words = f"{counts(seen)}: {seen.verdict}" if counts(seen) else told
        if baking and stage is not None and seen.verdict and words not in ("", before):
            self._baked = (seen.at, words)
            yield f"{clock(seen.at)} {stage_name(stage)}: {words}"
        if side:
            self._baked = (seen.at, words)
            yield f"{clock(seen.at)} {side}"
