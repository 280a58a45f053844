"""The line finder: for any document that tomllib reads, every key has the line that it is on."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.domain.reading.places import Path
from handlers.domain.reading.toml_lines import find_lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = 2", {("a",): 1, ("b",): 2}),
        ("\n# a = 0\n\na = 1 # b = 2\n", {("a",): 4}),
        ("[t]\na = 1\n[t.u]\nb = 2", {("t",): 1, ("t", "a"): 2, ("t", "u"): 3, ("t", "u", "b"): 4}),
        ("[t.u]\nb = 1\n[t]\na = 2", {("t",): 3, ("t", "u"): 1, ("t", "u", "b"): 2, ("t", "a"): 4}),
        ("a.b.c = 1\na.d = 2", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1, ("a", "d"): 2}),
        ("\"a b\" = 1\n'c.d' = 2", {("a b",): 1, ("c.d",): 2}),
        ('"\\u0061\\"" = 1', {('a"',): 1}),
        (
            "[ t . 'u' ]\nx . y=1",
            {("t",): 1, ("t", "u"): 1, ("t", "u", "x"): 2, ("t", "u", "x", "y"): 2},
        ),
        (
            "[[c]]\nn = 1\n[c.sub]\nx = 1\n[[c]]\nn = 2\n[c.sub]\nx = 2",
            {
                ("c",): 1,
                ("c", 0): 1,
                ("c", 0, "n"): 2,
                ("c", 0, "sub"): 3,
                ("c", 0, "sub", "x"): 4,
                ("c", 1): 5,
                ("c", 1, "n"): 6,
                ("c", 1, "sub"): 7,
                ("c", 1, "sub", "x"): 8,
            },
        ),
        (
            "[[a]]\n[[a.b]]\nx = 1\n[[a.b]]\n[[a]]\n[[a.b]]\nx = 2",
            {
                ("a",): 1,
                ("a", 0): 1,
                ("a", 0, "b"): 2,
                ("a", 0, "b", 0): 2,
                ("a", 0, "b", 0, "x"): 3,
                ("a", 0, "b", 1): 4,
                ("a", 1): 5,
                ("a", 1, "b"): 6,
                ("a", 1, "b", 0): 6,
                ("a", 1, "b", 0, "x"): 7,
            },
        ),
        (
            "a = [\n  1, # one\n  { b = 2 },\n\n  [3],\n]\nz = 1",
            {
                ("a",): 1,
                ("a", 0): 2,
                ("a", 1): 3,
                ("a", 1, "b"): 3,
                ("a", 2): 5,
                ("a", 2, 0): 5,
                ("z",): 7,
            },
        ),
        ('a = """\n[b]\nc = 1\n"""\nd = 1', {("a",): 1, ("d",): 5}),
        ("a = '''\n# '' \\'''\nd = 1", {("a",): 1, ("d",): 3}),
        (
            'a = """x\\""""\nb = """"y"""""\nc = ""\nd = \'\'',
            {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4},
        ),
        ('a = "] } # \\" ="\nb = \'# [\'', {("a",): 1, ("b",): 2}),
        ("a = 1979-05-27 07:32:00Z\r\nb = -inf\r\n\r\nc = 1_0", {("a",): 1, ("b",): 2, ("c",): 4}),
        ("", {}),
    ],
)
def test_each_key_has_its_line(text: str, expected: dict[Path, int]) -> None:
    tomllib.loads(text)
    assert find_lines(text) == expected


def test_a_header_wins_over_a_header_of_its_child_that_stood_before() -> None:
    assert find_lines("[a.b]\n\n[a]\n")[("a",)] == 3


@pytest.mark.parametrize("text", ["a 1", "[a", "[[a]", "= 1"])
def test_text_that_is_not_toml_is_refused_with_a_line(text: str) -> None:
    with pytest.raises(ValueError, match="line 1 is not TOML"):
        find_lines(text)


KEYS = st.one_of(st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True), st.text(max_size=6))
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
SCALARS = st.one_of(st.integers(-999, 999), st.booleans(), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(max_size=4), inner, max_size=3),
        st.lists(st.dictionaries(st.text(max_size=4), inner, max_size=3), min_size=1, max_size=3),
    ),
    max_leaves=12,
)


class _Writer:
    """Writes a document in one of TOML's many ways, and notes on which line it writes each key."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.text = draw, ""
        self.lines: dict[Path, int] = {}

    def table(self, values: dict[str, object], path: Path, header: tuple[str, ...]) -> None:
        later = {}
        for key, value in values.items():
            tables = isinstance(value, list) and value and all(isinstance(v, dict) for v in value)
            if (isinstance(value, dict) or tables) and self.draw(st.booleans()):
                later[key] = value
                continue
            self.noise()
            self.pair(key, value, path)
            self.text += self.draw(st.sampled_from(["\n", " # a = 1\n", "\n\n"]))
        for key, value in later.items():
            written = (*header, self.key(key))
            for item_path, item in self.items(value, (*path, key)):
                self.noise()
                if item_path[-1] == 0:
                    self.note(item_path[:-1])
                self.note(item_path)
                many = isinstance(value, list)
                self.text += (
                    f"[[{'.'.join(written)}]]\n" if many else f"[ {' . '.join(written)} ]\n"
                )
                self.table(item, item_path, written)

    def items(self, value: object, path: Path) -> Iterator[tuple[Path, dict[str, object]]]:
        if isinstance(value, dict):
            yield path, value
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield (*path, index), item

    def pair(self, key: str, value: object, path: Path) -> None:
        self.note((*path, key))
        self.text += f"{self.key(key)} = "
        self.value(value, (*path, key))

    def value(self, value: object, path: Path) -> None:
        if isinstance(value, bool):
            self.text += str(value).lower()
        elif isinstance(value, int):
            self.text += str(value)
        elif isinstance(value, str):
            self.text += self.string(value)
        elif isinstance(value, list):
            self.text += "["
            for index, item in enumerate(value):
                self.text += self.draw(st.sampled_from(["", " ", "\n", "# ]\n"]))
                self.note((*path, index))
                self.value(item, (*path, index))
                self.text += self.draw(st.sampled_from([",", " ,\n"]))
            self.text += "]"
        elif isinstance(value, dict):
            self.text += "{"
            for index, (key, item) in enumerate(value.items()):
                self.text += ", " if index else " "
                self.pair(key, item, path)
            self.text += "}"

    def string(self, text: str) -> str:
        forms = ['"{}"', '"""\n{}"""']
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        if "'" not in text:
            forms, quoted = ["'{}'", "'''{}'''"], text
        return self.draw(st.sampled_from(forms)).format(quoted)

    def key(self, key: str) -> str:
        if key.isascii() and key.replace("-", "").replace("_", "").isalnum():
            return key
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in key) + '"'

    def noise(self) -> None:
        self.text += self.draw(st.sampled_from(["", "\n", "# [x]\n", "  \n"]))

    def note(self, path: Path) -> None:
        self.lines[path] = self.text.count("\n") + 1


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[str, object], dict[Path, int]]:
    values = draw(st.dictionaries(KEYS, VALUES, max_size=5))
    writer = _Writer(draw)
    writer.table(values, (), ())
    return writer.text, values, writer.lines


@given(documents())
def test_any_document_has_the_lines_on_which_it_was_written(
    document: tuple[str, dict[str, object], dict[Path, int]],
) -> None:
    text, values, lines = document
    assert tomllib.loads(text) == values
    found = find_lines(text)
    assert {path: line for path, line in found.items() if path in lines} == lines
