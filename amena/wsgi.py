"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amena.settings")
application = get_wsgi_application()

from amena import starting  # noqa: E402, once Django is set up

starting.refuse_to_start(starting.WEB)
