"""Brings the database's tables to the present version (Alembic), before anything else starts."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from ringback.db import database_url
from ringback.errors import BadInput
from ringback.settings import Settings


def upgrade(settings: Settings) -> None:
    """Run the migrations that are missing. BadInput when the database does not answer."""
    url = database_url(settings).replace("+aiosqlite", "")
    timeout = {"timeout": 5} if url.startswith("sqlite") else {"connect_timeout": 5}
    engine = create_engine(url, connect_args=timeout)
    try:
        with engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except OperationalError as refused:
        reason = str(refused.orig).strip().splitlines()[0]
        where = engine.url.render_as_string(hide_password=True)
        raise BadInput(
            f"The database {where} can't be used ({reason}). Start it and check its rights, "
            "or correct RINGBACK_DATABASE_URL."
        ) from refused
    finally:
        engine.dispose()


def alembic_config() -> Config:
    """Where the migrations stand: in the wheel, or beside the packages in a checkout."""
    here = Path(__file__).parent
    inside, beside = here / "migrations", here.parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(inside if inside.is_dir() else beside))
    return config
