"""The functions of a release: where green's code comes from, and what it sets over the stack."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handlers.domain.reading.forms import (
    CODE_PATH,
    ENVIRONMENT_KEY,
    FUNCTION_KEY,
    IMAGE,
    LAYER,
    RESERVED_ENVIRONMENT_KEYS,
    TEXT,
)
from handlers.domain.reading.places import show
from handlers.domain.reading.section import Section

MOST_FUNCTIONS = 60
MOST_LAYERS = 5
MOST_WARM = 100
ENVIRONMENT_BYTES = 4096
SOURCES = ("code", "image", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What a release sets over the stack's configuration; None and {} leave it as it is."""

    environment: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int | None = None
    timeout_seconds: int | None = None
    layers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSource:
    """Where green of a function comes from: exactly one of `code` (a path in the bundle),
    `image` (by digest) and `version` (already published). `warm` environments of green are started
    before it gets traffic.
    """

    code: str | None = None
    image: str | None = None
    version: int | None = None
    configuration: Overlay = field(default_factory=Overlay)
    warm: int = 0


def read_functions(document: Section) -> dict[str, FunctionSource]:
    """The `[functions]` of a release; what is wrong with them goes to the inspection."""
    table = document.table("functions", required=True)
    if table is None:
        return {}
    if not table:
        do = "name at least one function, as [functions.api]"
        document.report("NoFunctions", "functions", "the release has no functions", do)
    if len(table) > MOST_FUNCTIONS:
        what = f"the release has {len(table)} functions"
        document.report("OutOfRange", "functions", what, f"write at most {MOST_FUNCTIONS}")
    functions = Section(document.inspection, ("functions",), table, keys=table)
    found = {}
    for key in list(table)[:MOST_FUNCTIONS]:
        if not FUNCTION_KEY.fits(key):
            what = f"{show(key)} is not a function's key"
            functions.report("BadValue", key, what, f"name it as {FUNCTION_KEY.says}")
        section = functions.section(key, (*SOURCES, "configuration", "warm"))
        if section is not None:
            found[key] = _read_source(section)
    return found


def _read_source(section: Section) -> FunctionSource:
    section.one_of(SOURCES, "the function")
    if section.has("version") and section.has("configuration"):
        what = "a published version keeps the configuration that it was published with"
        section.report("Conflict", "configuration", what, "leave configuration out, or give code")
    return FunctionSource(
        code=section.text("code", CODE_PATH),
        image=_read_image(section),
        version=section.whole("version", 1, 10**15),
        configuration=_read_overlay(section),
        warm=section.whole("warm", 0, MOST_WARM) or 0,
    )


def _read_image(section: Section) -> str | None:
    image = section.values.get("image")
    if isinstance(image, str) and "@" not in image:
        what = f"image is {show(image)}, which names no digest"
        section.report("ImageWithoutDigest", "image", what, f"write {IMAGE.says}")
        return None
    return section.text("image", IMAGE)


def _read_overlay(source: Section) -> Overlay:
    keys = ("environment", "memoryMb", "timeoutSeconds", "layers")
    section = source.section("configuration", keys)
    if section is None:
        return Overlay()
    if section.has("layers") and source.has("image"):
        what = "a function made from an image cannot have layers"
        section.report("Conflict", "layers", what, "put them into the image")
    return Overlay(
        environment=_read_environment(section),
        memory_mb=section.whole("memoryMb", 128, 10240),
        timeout_seconds=section.whole("timeoutSeconds", 1, 900),
        layers=_read_layers(section),
    )


def _read_environment(section: Section) -> dict[str, str]:
    values = section.text_map("environment", TEXT)
    given = section.values.get("environment")
    for key in given if isinstance(given, Mapping) else ():
        path = (*section.path, "environment", key)
        if key in RESERVED_ENVIRONMENT_KEYS:
            what = f"Lambda sets {key} itself and lets nobody set it"
            section.inspection.report("ReservedEnvironmentKey", path, what, "leave it out")
        elif not ENVIRONMENT_KEY.fits(key):
            what = f"{show(key)} is not {ENVIRONMENT_KEY.says}"
            section.inspection.report("BadValue", path, what, "rename it")
    size = sum(len(f"{key}{value}".encode()) for key, value in values.items())
    if size > ENVIRONMENT_BYTES:
        what = f"the environment has {size} bytes, and Lambda takes {ENVIRONMENT_BYTES} in all"
        section.report("EnvironmentTooLarge", "environment", what, "shorten it")
    return values


def _read_layers(section: Section) -> tuple[str, ...] | None:
    layers = section.texts("layers", LAYER, most=MOST_LAYERS)
    names = [layer.rpartition(":")[0] for layer in layers or ()]
    for index, name in enumerate(names):
        if name in names[:index]:
            path = (*section.path, "layers", index)
            what = f"there is another version of the layer {show(name)}"
            section.inspection.report("Duplicate", path, what, "keep one version of each layer")
    return layers
