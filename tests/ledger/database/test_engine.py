"""Opening PostgreSQL: timeouts of connections over which nothing arrives."""

from psycopg import Connection
from sqlalchemy import text

from ledger.database.engine import open_engine


def test_a_silent_connection_is_closed_within_half_a_minute(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        connection.execute(text("select 1"))
        driver = connection.connection.driver_connection
        assert isinstance(driver, Connection)
        parameters = driver.info.get_parameters()
    engine.dispose()
    assert parameters["tcp_user_timeout"] == "30000"
    assert (
        int(parameters["keepalives_idle"])
        + int(parameters["keepalives_interval"]) * int(parameters["keepalives_count"])
        <= 30
    )


def test_parameters_of_the_url_override_ours(database_url: str) -> None:
    engine = open_engine(f"{database_url}?tcp_user_timeout=5000")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, Connection)
        assert driver.info.get_parameters()["tcp_user_timeout"] == "5000"
    engine.dispose()


def test_postgresql_closes_a_silent_client_within_half_a_minute(database_url: str) -> None:
    engine = open_engine(database_url)
    names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
    parameters = text("SELECT setting::int FROM pg_settings WHERE name = :name")
    with engine.connect() as connection:
        idle, interval, count, unheard = (connection.execute(parameters, {"name": name}).scalar_one() for name in names)
    engine.dispose()
    assert idle + interval * count <= 30
    assert 0 < unheard <= 30_000
