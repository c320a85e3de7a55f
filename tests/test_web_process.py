import os
import subprocess
import sys


def test_the_web_process_loads_no_part_of_the_engine_that_is_heavy():
    """What gunicorn imports, and every page's module with it: 150 MB are to be enough."""
    code = (
        "import sys, amena.wsgi\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns, get_resolver().reverse_dict\n"
        "heavy = {'torch', 'cv2', 'vispy', 'moviepy', 'transformers', 'scipy'} & set(sys.modules)\n"
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
