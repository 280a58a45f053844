"""Templates that nobody rendered: PostgreSQL would only speak of a syntax error near a bracket."""

import re

from handlers.domain.schema.lexer import tokens

_BARE = re.compile(
    r"""\{\{.*?\}\} | \{%.*?%\} | \$\{[^}\n]*\} | <%.*?%> | \#\{[^}\n]*\}
      | %\([A-Za-z_]\w*\)s | (?<![\w:]):'?"?[A-Za-z_]\w*["']? | @[A-Za-z_]\w*@""",
    re.VERBOSE | re.DOTALL,
)
_QUOTES = ("string", "escape", "dollar")
_IN_NAME = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$\{[^}\n]*\}|<%.*?%>|#\{[^}\n]*\}", re.DOTALL)


def unrendered_name(path: str, sql: str) -> tuple[int, str] | None:
    """Offset and text of a template inside a quoted name, which PostgreSQL would take for a name;
    None where there is none.
    """
    if _IN_NAME.search(sql) is None:
        return None
    for token in tokens(path, sql):
        if token.kind == "quoted" and (found := _IN_NAME.search(token.text)):
            return token.start + found.start(), found[0]
    return None


def unrendered(path: str, sql: str) -> tuple[int, str] | None:
    """Offset and text of the first template outside strings and comments; for text that did not
    parse, as `a[1:n]` would be one.
    """
    bare: list[str] = []
    for token in tokens(path, sql):
        # psql's :'name' is a colon and a string to the lexer.
        hides = token.blank or (token.kind in _QUOTES and bare[-1:] != [":"])
        bare.append(re.sub(r"[^\n]", " ", token.text) if hides else token.text)
    found = _BARE.search("".join(bare))
    return (found.start(), " ".join(found[0].split())) if found else None
