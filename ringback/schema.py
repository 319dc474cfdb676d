"""Brings the database's tables to the present version (Alembic), before anything else starts.

All missing migrations run in one transaction, under a lock: of several processes that start at once
one does the work, and one that is killed leaves the database as it was.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from ringback.db import database_url
from ringback.errors import BadInput
from ringback.settings import Settings

_LOCK = 7_464_225  # any number, the same in every process
_WAIT_S = 60


def upgrade(settings: Settings) -> None:
    """Run the migrations that are missing.

    Raises:
        BadInput: The database does not answer, can't be changed, or belongs to a newer program.
    """
    engine = _engine(settings)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            config = alembic_config()
            _refuse_newer(connection, config)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as refused:
        reason = str(refused.orig).strip().splitlines()[0]
        where = engine.url.render_as_string(hide_password=True)
        raise BadInput(
            f"The database {where} can't be used ({reason}). Start it and check its rights, "
            "or correct RINGBACK_DATABASE_URL."
        ) from refused
    finally:
        engine.dispose()


def _engine(settings: Settings) -> Engine:
    url = database_url(settings).replace("+ringback", "")
    if not url.startswith("sqlite"):
        bounds = {"connect_timeout": 5, "options": f"-c lock_timeout={_WAIT_S}s"}
        return create_engine(url, connect_args=bounds)
    engine = create_engine(url, connect_args={"timeout": _WAIT_S})
    # Python would begin no transaction before a CREATE, and each would be on its own.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _refuse_newer(connection: Connection, config: Config) -> None:
    ours = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    found = set(MigrationContext.configure(connection).get_current_heads())
    if found - ours:
        raise BadInput(
            f"The database is of a newer version of Ringback ({', '.join(found - ours)}) than this "
            "program. Start the newer program again, or put back a backup made before its upgrade."
        )


def alembic_config() -> Config:
    """Where the migrations stand: in the wheel, or beside the packages in a checkout."""
    here = Path(__file__).parent
    inside, beside = here / "migrations", here.parent / "migrations"
    place = str(inside if inside.is_dir() else beside)
    config = Config()
    config.set_main_option("script_location", place.replace("%", "%%"))
    return config
