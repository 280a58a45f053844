"""Reading one table of a document key by key; what is wrong becomes a finding, no exception."""

from collections.abc import Collection, Iterator, Mapping

from handlers.domain.reading.finding_codes import InputCode
from handlers.domain.reading.places import Path, show
from handlers.domain.reading.scalars import Form, Scalars

__all__ = ["Form", "Section"]


class Section(Scalars):
    """A table with single values, lists, and tables in it. A reader answers None, or nothing, for
    a key that is absent or wrong, and reports what is wrong.
    """

    def table(self, key: str, *, required: bool = False) -> Mapping[str, object] | None:
        """A table, as it stands."""
        value = self._value(key, "a table", required=required)
        if isinstance(value, Mapping):
            return value
        if value is not None:
            self.refuse("WrongType", key, "a table")
        return None

    def section(
        self, key: str, keys: Collection[str], *, required: bool = False
    ) -> "Section | None":
        """A table to be read on, which may have the given keys."""
        values = self.table(key, required=required)
        if values is None:
            return None
        return Section(self.inspection, (*self.path, key), values, keys=keys)

    def items(self, key: str, wanted: str, *, most: int) -> Iterator[tuple[Path, object]]:
        """The items of a list with their paths; none if the key is absent or no such list."""
        value = self._value(key, f"a list of {wanted}", required=False)
        if value is not None and not isinstance(value, list):
            self.refuse("WrongType", key, f"a list of {wanted}")
        elif isinstance(value, list):
            if len(value) > most:
                what = f"{key} has {len(value)} items"
                self.report("OutOfRange", key, what, f"write at most {most}")
            for index, item in enumerate(value[:most]):
                yield (*self.path, key, index), item

    def texts(self, key: str, form: Form, *, most: int) -> tuple[str, ...] | None:
        """A list of different texts of the given form; None if the key is absent."""
        found: list[str] = []
        for path, item in self.items(key, "texts", most=most):
            if not isinstance(item, str) or not form.fits(item):
                code: InputCode = "BadValue" if isinstance(item, str) else "WrongType"
                self.inspection.report(code, path, f"it is {show(item)}", f"write {form.says}")
            elif item in found:
                self.inspection.report(
                    "Duplicate", path, f"{show(item)} is listed twice", "once is enough"
                )
            else:
                found.append(item)
        return tuple(found) if self.has(key) else None

    def text_map(self, key: str, names: Form) -> dict[str, str]:
        """A table of texts under names of the given form; empty if the key is absent."""
        found = {}
        for name, value in (self.table(key) or {}).items():
            path = (*self.path, key, name)
            if not names.fits(name):
                what = f"{show(name)} is not {names.says}"
                self.inspection.report("BadValue", path, what, f"name it as {names.says}")
            if isinstance(value, str):
                found[name] = value
            else:
                what = f"{show(name)} is {show(value)}, which is not text"
                self.inspection.report("WrongType", path, what, "write its value in quotes")
        return found

    def one_of(self, keys: Collection[str], thing: str) -> None:
        """Report if not exactly one of `keys` is there."""
        present = [key for key in keys if self.has(key)]
        if len(present) != 1:
            what = f"{thing} has {' and '.join(present) if present else 'none of'}"
            what += "" if present else f" {', '.join(keys)}"
            self.report("Conflict", None, what, f"write exactly one of {', '.join(keys)}")
