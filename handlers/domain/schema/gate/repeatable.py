"""Whether an answer may be another one each time because nothing puts its rows in order."""

from dataclasses import dataclass, field

from handlers.domain.schema.lexer import tokens

_PICKS = frozenset({"LIMIT", "FETCH", "OFFSET"})
_GATHERS = frozenset(
    {"ARRAY_AGG", "STRING_AGG", "JSON_AGG", "JSONB_AGG", "JSON_OBJECT_AGG", "XMLAGG"}
)


@dataclass(slots=True)
class _Group:
    """What stands within one pair of brackets, and the word before it."""

    after: str = ""
    words: list[str] = field(default_factory=list)

    @property
    def loose(self) -> bool:
        if "ORDER" in self.words:
            return False
        distinct_on = any(
            self.words[at : at + 2] == ["DISTINCT", "ON"] for at in range(len(self.words))
        )
        return self.after in _GATHERS or distinct_on or not _PICKS.isdisjoint(self.words)


def has_no_order(sql: str) -> bool:
    """Whether a LIMIT, a DISTINCT ON or a gathering aggregate has no ORDER BY beside it: which rows
    it takes is then a matter of where they happen to lie.
    """
    open_groups, last = [_Group()], ""
    for token in tokens("", sql):
        if token.blank:
            continue
        if token.text == "(":
            open_groups.append(_Group(last))
        elif token.text == ")" and len(open_groups) > 1:
            if open_groups.pop().loose:
                return True
        else:
            open_groups[-1].words.append(token.word)
        last = token.word
    return any(group.loose for group in open_groups)
