#!/usr/bin/env python
"""Django's command line for Amena."""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Runs a command, in a deployment on sound settings alone; `check` says what is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amena.settings")
    if os.environ.get("DEPLOYED") and sys.argv[1:2] != ["check"]:
        import django

        django.setup()
        from amena.starting import refuse_to_start

        refuse_to_start()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
