#!/usr/bin/env bash
# The database into the bucket, and out of it. By a timer every night (docs/deploy-small.md).
#   backup.sh            keeps a dump
#   backup.sh drill      restores the newest into a second database and counts what is in it
#   backup.sh restore    puts the newest in the database's place; web and worker stand still meanwhile
set -euo pipefail
cd "$(dirname "$0")"

compose() { docker compose "$@"; }
script() { compose run --rm --no-deps -T --volume ./backup.py:/backup.py:ro --entrypoint python web /backup.py "$1"; }
database() { compose exec -T postgres "$@"; }
# In a file first: a dump that broke off must not be the newest, nor half of one a restore.
dump=$(mktemp)
trap 'rm -f "$dump"' EXIT
fetch() { script newest >"$dump"; }
fill() { database pg_restore --username amena_owner --dbname "$1" --exit-on-error <"$dump"; }

case "${1:-keep}" in
keep)
  database pg_dump --username amena_owner --format custom amena >"$dump"
  script keep <"$dump"
  ;;
drill)
  fetch
  database dropdb --username amena_owner --if-exists drill
  database createdb --username amena_owner drill
  fill drill
  database psql --username amena_owner --dbname drill --command \
    'SELECT (SELECT count(*) FROM accounts_user) AS people, (SELECT count(*) FROM jobs_photo) AS photos, (SELECT max(created_at) FROM jobs_photo) AS newest'
  database dropdb --username amena_owner drill
  ;;
restore)
  fetch
  compose stop web worker sweeper purge
  database dropdb --username amena_owner --force amena
  database createdb --username amena_owner amena
  fill amena
  compose up --detach
  ;;
*)
  echo "backup.sh [keep|drill|restore]" >&2
  exit 2
  ;;
esac
