"""Opening PostgreSQL: what its client is told about a network that goes silent."""

from psycopg import Connection
from sqlalchemy import text

from ledger.database.engine import open_engine


def test_a_connection_that_goes_silent_is_given_up_within_half_a_minute(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
        driver = connection.connection.driver_connection
        assert isinstance(driver, Connection)
        told = driver.info.get_parameters()
    engine.dispose()
    assert told["tcp_user_timeout"] == "30000"
    assert int(told["keepalives_idle"]) + int(told["keepalives_interval"]) * int(told["keepalives_count"]) <= 30


def test_the_url_has_the_last_word(database_url: str) -> None:
    engine = open_engine(f"{database_url}?tcp_user_timeout=5000")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, Connection)
        assert driver.info.get_parameters()["tcp_user_timeout"] == "5000"
    engine.dispose()


def test_postgresql_gives_a_silent_client_up_within_half_a_minute(database_url: str) -> None:
    engine = open_engine(database_url)
    names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
    told = text("SELECT setting::int FROM pg_settings WHERE name = :name")
    with engine.connect() as connection:
        idle, interval, count, unheard = (connection.execute(told, {"name": name}).scalar_one() for name in names)
    engine.dispose()
    assert idle + interval * count <= 30
    assert 0 < unheard <= 30_000
