import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.db import connection

from amena.local.postgres import database_url

pytestmark = pytest.mark.service


def test_the_web_process_loads_no_part_of_the_engine_that_is_heavy():
    """What gunicorn imports, and every page's module with it: 150 MB are to be enough."""
    code = (
        "import sys, amena.wsgi\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns, get_resolver().reverse_dict\n"
        "heavy = {'torch', 'cv2', 'vispy', 'transformers', 'scipy'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or None)\n"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "amena.settings",
        "SECRET_KEY": "none",
        "SQS_QUEUE_URL": "none",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("variables", "gives_up"),
    [({"DATABASE_STATEMENT_SECONDS": "1"}, True), ({"DATABASE_STATEMENT_SECONDS": ""}, False)],
)
@pytest.mark.django_db
def test_the_database_works_on_a_statement_no_longer_than_it_is_told(variables, gives_up):
    where = connection.settings_dict
    code = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "connection.cursor().execute('SELECT pg_sleep(1.5)')\n"
    )
    environment = os.environ | {
        "SQS_QUEUE_URL": "none",
        "DATABASE_URL": database_url(Path(where["HOST"]), where["NAME"]),
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode != 0) is gives_up, done.stderr
    assert ("canceling statement due to statement timeout" in done.stderr) is gives_up


def test_the_web_s_statements_end_before_the_load_balancer_gives_up(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monkeypatch.setenv("DATABASE_STATEMENT_SECONDS", "")
    monkeypatch.delenv("DATABASE_STATEMENT_SECONDS")
    runpy.run_path("gunicorn.conf.py")
    assert 0 < int(os.environ["DATABASE_STATEMENT_SECONDS"]) < 60
