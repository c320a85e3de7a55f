"""A web server as in production, with an account full of photos, for scripts that look at pages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from amena.local.postgres import postgres  # noqa: E402
from amena.local.process import Program, free_port, running  # noqa: E402

if TYPE_CHECKING:
    from tests.site.gallery import Gallery


@contextmanager
def production(folder: Path) -> Iterator[tuple[str, Gallery]]:
    """A web server without DEBUG, its files hashed and compressed, and an account with photos.

    Gives the server's address and the account.
    """
    with postgres(folder / "postgres") as url:
        port = free_port()
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "amena.settings",
            "SECRET_KEY": "only-for-this",
            "DEBUG": "",
            "DATABASE_URL": url,
            "SITE_ROOT": f"http://127.0.0.1:{port}",
            "STATIC_ROOT": str(folder / "static"),
            "MEDIA_ROOT": str(folder / "media"),
            "SQS_QUEUE_URL": "http://127.0.0.1:9/none",
            "GOOGLE_CLIENT_ID": "set",
            "GOOGLE_CLIENT_SECRET": "set",
        }
        os.environ.update(environment)
        for command in (("migrate", "-v0"), ("collectstatic", "-v0", "--no-input")):
            subprocess.run(
                [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True
            )
        import django

        django.setup()
        from tests.site.gallery import make_gallery

        gallery = make_gallery(fine=True)
        log = folder / "web.log"
        web = Program(
            "web",
            (sys.executable, "-m", "gunicorn", "amena.wsgi", "--bind", f"127.0.0.1:{port}",
             "--threads", "8"),
            log,
            environment,
            ready=lambda: b"Listening at" in log.read_bytes(),
        )  # fmt: skip
        with running(web):
            yield f"http://127.0.0.1:{port}", gallery
