"""A `postgresql://` URL as the login that the migrator's own session takes."""

from urllib.parse import parse_qs, unquote, urlsplit

from handlers.adapters.database.secrets import Login
from infra.cli.exits import Complaint

_FORM = "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def login_of(url: str, code: int) -> Login:
    """The login of the URL; TLS is verified but on this machine. Raises Complaint, without ever
    showing the password, which exits with `code`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError as error:
        raise Complaint(f"the database's URL cannot be read ({error}): {_FORM}", code) from None
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname or not parts.username:
        raise Complaint(f"the database's URL is not PostgreSQL's: {_FORM}", code)
    mode = parse_qs(parts.query).get("sslmode", [""])[0]
    local = parts.hostname in _LOOPBACK
    if mode == "disable" and not local:
        raise Complaint(
            f"the URL turns TLS off for {parts.hostname}, which is another machine; "
            "take sslmode out",
            code,
        )
    return Login(
        host=parts.hostname,
        port=port,
        name=unquote(parts.path.lstrip("/")) or "postgres",
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        tls=bool(mode and mode != "disable") or not local,
        source="the URL that was given",
    )
