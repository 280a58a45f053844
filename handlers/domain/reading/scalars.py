"""Reading single values of a table; what is wrong becomes a finding, never an exception."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from handlers.domain.reading.finding_codes import InputCode
from handlers.domain.reading.inspection import Inspection, did_you_mean
from handlers.domain.reading.places import Path, show


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a text: a regular expression for all of it, and how a sentence names it."""

    pattern: str
    says: str
    longest: int | None = None

    def fits(self, text: str) -> bool:
        """Whether all of `text` is of this form."""
        short_enough = self.longest is None or len(text) <= self.longest
        return short_enough and re.fullmatch(self.pattern, text) is not None


class Scalars:
    """A table at `path`. Readers answer None for a key that is absent or wrong, and report it."""

    def __init__(
        self,
        inspection: Inspection,
        path: Path,
        values: Mapping[str, object],
        *,
        keys: Collection[str],
        later: Collection[str] = (),
    ) -> None:
        self.inspection, self.path, self.values = inspection, path, values
        for key in values:
            if key in later:
                self.report("NotSupportedYet", key, f"{key} is not supported yet", "leave it out")
            elif key not in keys:
                what = f"{show(key)} is not a key that belongs here"
                self.report("UnknownKey", key, what, did_you_mean(key, keys))

    def report(self, code: InputCode, key: str | None, what: str, do: str) -> None:
        """Note a finding about `key`, or about the section itself."""
        path = self.path if key is None else (*self.path, key)
        self.inspection.report(code, path, what, do)

    def has(self, key: str) -> bool:
        """Whether the key is there, right or wrong."""
        return key in self.values

    def refuse(self, code: InputCode, key: str, wanted: str) -> None:
        """Report that the key's value is not what is wanted."""
        self.report(code, key, f"{key} is {show(self.values[key])}", f"write {wanted}")

    def text(self, key: str, form: Form, *, required: bool = False) -> str | None:
        """A text of the given form."""
        value = self._value(key, form.says, required=required)
        if isinstance(value, str) and form.fits(value):
            return value
        if value is not None:
            self.refuse("BadValue" if isinstance(value, str) else "WrongType", key, form.says)
        return None

    def word(self, key: str, words: Collection[str], *, required: bool = False) -> str | None:
        """One of the given words."""
        wanted = f"one of {', '.join(words)}"
        value = self._value(key, wanted, required=required)
        if isinstance(value, str) and value in words:
            return value
        if isinstance(value, str):
            do = did_you_mean(value, words).replace("leave it out, or ", "")
            self.report("BadValue", key, f"{key} is {show(value)}", do)
        elif value is not None:
            self.refuse("WrongType", key, wanted)
        return None

    def whole(self, key: str, lowest: int, highest: int, *, required: bool = False) -> int | None:
        """A whole number within bounds. 60.0 is one, as in JSON Schema; true is none."""
        wanted = f"a whole number from {lowest} to {highest}"
        value = self._value(key, wanted, required=required)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            if lowest <= value <= highest:
                return value
            self.refuse("OutOfRange", key, wanted)
        elif value is not None:
            self.refuse("WrongType", key, wanted)
        return None

    def number(
        self,
        key: str,
        *,
        least: float | None = None,
        above: float | None = None,
        below: float | None = None,
        most: float | None = None,
    ) -> float | None:
        """A number within the bounds given; neither nan nor inf nor true is one."""
        bounds = {"of at least": least, "above": above, "below": below, "of at most": most}
        given = [f"{word} {bound:g}" for word, bound in bounds.items() if bound is not None]
        wanted = f"a number {' and '.join(given)}"
        value = self._value(key, wanted, required=False)
        if not isinstance(value, int | float) or isinstance(value, bool):
            if value is not None:
                self.refuse("WrongType", key, wanted)
            return None
        outside = (
            (isinstance(value, float) and math.isnan(value))
            or (least is not None and value < least)
            or (above is not None and value <= above)
            or (below is not None and value >= below)
            or (most is not None and value > most)
        )
        if outside:
            self.refuse("OutOfRange", key, wanted)
            return None
        return value

    def truth(self, key: str) -> bool:
        """A truth value; absent is false."""
        value = self._value(key, "true or false", required=False)
        if value is not None and not isinstance(value, bool):
            self.refuse("WrongType", key, "true or false")
        return value is True

    def _value(self, key: str, wanted: str, *, required: bool) -> object:
        if key not in self.values:
            if required:
                self.report("MissingKey", key, f"{key} is missing", f"add {wanted}")
            return None
        value = self.values[key]
        if value is None:
            self.refuse("WrongType", key, wanted)
        return value
