#!/bin/sh
# Collects the static files of the code in this folder under names with a hash of their content,
# compressed once, and takes them out of the packages they came from. Importing the service for it
# leaves bytecode, so that no process has to compile Django again. For the web image.
#   docker/static.sh PREFIX
set -eu
prefix=$1
export SECRET_KEY=only-for-this-step SQS_QUEUE_URL=none
unset PYTHONDONTWRITEBYTECODE
# Swagger shows the API; the other viewer in the same package is as large again.
"$prefix/bin/python" manage.py collectstatic --no-input --verbosity 0 --ignore redoc
find staticfiles -name '*.map*' -delete # for a debugger
"$prefix/bin/python" -c 'import amena.wsgi, amena.site.urls, gunicorn.app.wsgiapp, amena.buffered_worker'
find "$prefix"/lib/python3.11/site-packages/*/ -type d -name static -prune -exec rm -rf {} +
# The networks' weights and the local set-up are of no use here.
rm -rf amena/engine/weights amena/local
find amena -name __pycache__ -prune -exec rm -rf {} +
