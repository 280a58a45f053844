"""The codes of findings about inputs: constants, because people script against them."""

from typing import Literal, get_args

DocumentCode = Literal[
    "NotUtf8",  # the text is not UTF-8
    "NotToml",  # not valid TOML, with tomllib's line and column
    "NotJson",  # not valid JSON
    "UnsupportedFormat",  # `format` is not one that this Greenshift reads
    "UnknownKey",
    "MissingKey",
    "WrongType",
    "OutOfRange",
    "BadValue",  # a text that is not of the form, or not one of the words, wanted here
    "Duplicate",  # said twice where once is meant
    "Conflict",  # keys that exclude each other, or none of several of which one is needed
    "CallNotPinnable",  # of a peer that is none, not internal, or the function itself
    "CallsInACircle",
    "NotSupportedYet",  # settled, but a later Greenshift's
    "MoreFindings",  # there were more than are shown
]
ReleaseCode = Literal[
    "NoFunctions",
    "BadVersion",
    "ImageWithoutDigest",
    "ReservedEnvironmentKey",
    "EnvironmentTooLarge",
    "BadShiftPlan",
    "MinMinutesTooLong",
    "WarmWithoutCheck",  # nothing that could be sent again and again starts its environments
    "UnknownVariable",  # a check names one that no check before it saves
]
CrossCode = Literal[
    "ServiceDisagrees",
    "KeyDisagrees",
    "OtherBucket",
    "FunctionNotRegistered",
    "CheckTargetMissing",
    "CheckCannotUsePreview",  # it says that it goes there, and cannot
    "EnvironmentKeyNotAllowed",
    "CannotBePinned",  # a published version keeps its environment
    "AtomicNeedsAllAtOnce",
    "StratumTooFine",
    "ShiftPlanTooLong",
    "MigrationsWithoutDatabase",
    "OtherKindOfDatabase",
    "TableNotRegistered",
]
BundleCode = Literal[
    "NotAZip",
    "TooManyEntries",
    "EntryTooLarge",
    "BundleTooLarge",
    "RatioTooHigh",
    "UnsafeName",
    "NotAFile",  # a link or a device
    "DuplicateEntry",
    "EncryptedEntry",
    "UnsupportedCompression",
    "OverlappingEntries",
    "UnreadableEntry",  # damaged, or its header lies about its size
    "ReleaseTomlMissing",
    "MissingEntry",  # release.toml names it
    "UnnamedEntry",  # nothing names it
    "BadMigrationName",
    "DuplicateMigrationNumber",
    "ContractWithoutExpand",
    "EmptyMigration",
    "BadBackfill",  # not a header and one keyset statement
    "FunctionNotAZip",
    "BadJsonSchema",
    "BadRecording",  # no request, or more than are replayed
    "UnsafeRequest",  # a recorded request that may change something
]
RequestCode = Literal[
    "NotARequest",
    "AmbiguousRequest",
    "KeyNotForAction",
]
InputCode = DocumentCode | ReleaseCode | CrossCode | BundleCode | RequestCode


def input_codes() -> tuple[str, ...]:
    """Every code that a finding about an input can have."""
    groups = (DocumentCode, ReleaseCode, CrossCode, BundleCode, RequestCode)
    return tuple(code for group in groups for code in get_args(group))
