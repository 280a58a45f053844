"""The way to a database that its login asks for."""

from contextlib import AbstractContextManager

from handlers.adapters.database.deadline import Deadline
from handlers.adapters.database.secrets import Cluster, Login
from handlers.adapters.database.session import Session


def connect(login: Login | Cluster, deadline: Deadline) -> AbstractContextManager[Session]:
    """A session by PostgreSQL's own protocol with a server, by the RDS Data API with a cluster.

    Raises TransientDatabase when the database cannot be reached for the moment, MigrationFailed
    when the login is refused or the server is not fit for migrations.
    """
    if isinstance(login, Cluster):
        from handlers.adapters.database.data_api import session as data_api

        return data_api.connect(login, deadline)
    from handlers.adapters.database import postgres

    return postgres.connect(login, deadline)
