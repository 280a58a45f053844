"""The checks of a release: calls of green that must go well before it gets any traffic."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.domain.reading.forms import EVENT_PATH, FUNCTION_KEY, NAMED
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Section
from handlers.domain.release.check_calls import HttpRequest, Message, read_http, read_message
from handlers.domain.release.check_expectation import Expectation, read_expectation, read_save
from handlers.domain.release.check_forms import HARMLESS
from handlers.domain.release.check_variables import references, unreadable

__all__ = ["Check", "Expectation", "HttpRequest", "Message", "read_checks"]
MOST_CHECKS = 100
MOST_SYNTHETIC = 10
_CALLS = ("http", "event", "message")
_HTTP_KEYS = ("method", "path", "query", "headers", "json", "body", "as", "via")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One call of green that must go well: `http`, a `message`, or the `event` file in the bundle.

    `save` names values of the answer, which later checks write as `${name}`. A `sample` is what
    this release sends: the other version, which reads it as well, has to understand it. A
    `synthetic` one may be made again and again while real traffic is too thin to tell.
    """

    name: str
    function: str
    http: HttpRequest | None = None
    event: str | None = None
    message: Message | None = None
    expect: Expectation = field(default_factory=Expectation)
    save: Mapping[str, str] = field(default_factory=dict)
    sample: bool = False
    synthetic: bool = False

    @property
    def needs(self) -> frozenset[str]:
        """The variables without which it cannot be made."""
        return references(self.texts)

    @property
    def texts(self) -> tuple[object, ...]:
        """Everything in which a variable may stand."""
        return (self.http, self.message, self.expect.json, self.expect.headers)

    @property
    def harmless(self) -> bool:
        """Whether it may be made again and again, also many times at once: a request that changes
        nothing, or a message, which is delivered at least once anyway. What an event does is not
        known.
        """
        sent = self.message is not None or (self.http is not None and self.http.method in HARMLESS)
        return sent and not self.needs

    @property
    def files(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """The bundle's files that it names, with the key of each."""
        named = ((("event",), self.event), (("expect", "schema"), self.expect.schema))
        return tuple((key, path) for key, path in named if path)


def read_checks(document: Section) -> tuple[Check, ...]:
    """The `[[checks]]` of a release; what is wrong with them goes to the inspection."""
    checks: list[Check] = []
    names: set[str] = set()
    saved: set[str] = set()
    for path, item in document.items("checks", "tables", most=MOST_CHECKS):
        if not isinstance(item, Mapping):
            what = f"a check is {show(item)}"
            document.inspection.report("WrongType", path, what, "write it as [[checks]]")
            continue
        keys = ("name", "function", *_CALLS, "expect", "save", "sample", "synthetic")
        section = Section(document.inspection, path, item, keys=keys)
        check = _read_check(section)
        if check.name and check.name in names:
            what = f"another check is also named {show(check.name)}"
            section.report("Duplicate", "name", what, "give each check a name of its own")
        _judge_variables(section, check, saved)
        _judge_sample(section, check)
        _judge_synthetic(section, check, sum(each.synthetic for each in checks))
        names.add(check.name)
        saved |= check.save.keys()
        checks.append(check)
    return tuple(checks)


def _read_check(section: Section) -> Check:
    section.one_of(_CALLS, "the check")
    http = section.section("http", _HTTP_KEYS)
    return Check(
        name=section.text("name", NAMED, required=True) or "",
        function=section.text("function", FUNCTION_KEY, required=True) or "",
        http=read_http(http) if http else None,
        event=section.text("event", EVENT_PATH),
        message=read_message(section),
        expect=read_expectation(section),
        save=read_save(section),
        sample=section.truth("sample"),
        synthetic=section.truth("synthetic"),
    )


def _judge_synthetic(section: Section, check: Check, before: int) -> None:
    """What is sent again and again changes nothing, or is what a queue may deliver twice anyway;
    and stands for itself, as it is sent without the bundle and the checks around it.
    """
    if not check.synthetic:
        return
    if not check.harmless or check.save:
        what = "a synthetic check is made many times, alone"
        do = "make it a GET, a HEAD or a message, without variables and save"
        section.report("Conflict", "synthetic", what, do)
    if check.expect.schema is not None:
        what = "a synthetic check is judged without the bundle's files, and expects a schema"
        section.report("Conflict", "synthetic", what, "match the answer with json")
    if before >= MOST_SYNTHETIC:
        what = f"more than {MOST_SYNTHETIC} checks are synthetic"
        section.report("OutOfRange", "synthetic", what, "mark the ones that tell most")


def _judge_sample(section: Section, check: Check) -> None:
    if check.sample and (check.http is not None or check.needs or check.save):
        what = "a sample goes to the other version alone, without the checks around it"
        do = "make it a message or an event without variables"
        section.report("Conflict", "sample", what, do)


def _judge_variables(section: Section, check: Check, saved: set[str]) -> None:
    for name in sorted(check.needs - saved):
        what = f"no check before this one saves ${{{name}}}"
        do = f'add save = {{ {name} = "$.…" }} to an earlier check, or write $${{ for a plain ${{'
        section.report("UnknownVariable", None, what, do)
    for text in unreadable(check.texts):
        what = f"{show(text)} has a ${{ that names no variable"
        section.report("UnknownVariable", None, what, "write ${name}, or $${ for a plain ${")
    for name in sorted(check.save.keys() & saved):
        what = f"an earlier check saves {name} already"
        section.report("Duplicate", "save", what, "give each variable a name of its own")
