"""TLS to PostgreSQL, always verified: the server's certificate and its name."""

import os
import socket
import ssl
import struct

from handlers.errors import MigrationFailed, TransientDatabase

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_CA = "GREENSHIFT_DATABASE_CA"


def secure(plain: socket.socket, host: str, place: str) -> ssl.SSLSocket:
    """The connection, encrypted, to a server that proved to be `host`.

    Raises MigrationFailed when it cannot prove it, or speaks no TLS.
    """
    context = _context()
    try:
        plain.sendall(_SSL_REQUEST)
        answer = plain.recv(1)
        if answer == b"S":
            return context.wrap_socket(plain, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise MigrationFailed(
            f"{place}: its certificate is not to be trusted ({error.verify_message}); for RDS "
            f"and Aurora let {_CA} name a file with the certificates of "
            "truststore.pki.rds.amazonaws.com"
        ) from error
    except OSError as error:
        raise TransientDatabase(f"{place} broke off the TLS handshake ({error})") from error
    if answer == b"N":
        raise MigrationFailed(f"{place} offers no TLS; turn it on at the server")
    raise TransientDatabase(f"{place} closed the connection before TLS began")


def _context() -> ssl.SSLContext:
    """The system's authorities, and those of the file that GREENSHIFT_DATABASE_CA names.

    RDS signs with authorities of its own, which no system store holds.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if path := os.environ.get(_CA):
        try:
            context.load_verify_locations(cafile=path)
        except (OSError, ssl.SSLError) as error:
            raise MigrationFailed(
                f"{_CA} is {path}, which holds no certificates: {error}"
            ) from error
    return context
