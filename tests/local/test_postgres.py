"""The embedded PostgreSQL server."""

import psycopg
import pytest

from amena.local.postgres import THROWAWAY, postgres

pytestmark = pytest.mark.service


def test_data_survive_a_restart(tmp_path):
    with (
        postgres(tmp_path / "data", options=THROWAWAY) as url,
        psycopg.connect(url) as connection,
    ):
        connection.execute("CREATE TABLE note AS SELECT 'kept' AS text")

    with (
        postgres(tmp_path / "data", options=THROWAWAY) as url,
        psycopg.connect(url) as connection,
    ):
        assert connection.execute("SELECT text FROM note").fetchone() == ("kept",)

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path):
    folder = tmp_path / ("a" * 60) / ("b" * 60) / "data"

    with (
        postgres(folder, options=THROWAWAY) as url,
        psycopg.connect(url) as connection,
    ):
        assert connection.execute("SELECT current_database()").fetchone() == ("amena",)


def test_it_listens_on_no_network_address(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
