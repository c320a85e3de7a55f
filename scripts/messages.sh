#!/usr/bin/env bash
# Renews the translations: new texts into locale/*/LC_MESSAGES/django.po, and these compiled into the
# .mo files that the site reads. Both are committed, so that only this script needs GNU gettext.
#   scripts/messages.sh           texts and compiled files; prints what is still to be translated
#   scripts/messages.sh compile   the compiled files alone, after translating
# After a conflict in a .po file keep the texts of both sides, in any order, and run it: it sorts them.
set -euo pipefail
cd "$(dirname "$0")/.."
export SECRET_KEY=only-for-this-step
if [ "${1:-}" != compile ]; then
  .venv/bin/python manage.py makemessages --all --no-obsolete --add-location file --no-wrap \
    --ignore 'tests/*' --ignore 'training/*' --ignore 'benchmarks/*' --ignore 'var/*' \
    --ignore 'node_modules/*' --ignore 'staticfiles/*'
  # The day it was made is of no use, and would differ every time.
  sed -i -E '/^"(POT-Creation-Date|Report-Msgid-Bugs-To):/d' locale/*/LC_MESSAGES/django.po
fi
rm -f locale/*/LC_MESSAGES/django.mo  # Django leaves a file that is newer than its texts
.venv/bin/python manage.py compilemessages --locale ja --ignore '.venv/*'
for texts in locale/*/LC_MESSAGES/django.po; do
  { msgattrib --untranslated --no-obsolete "$texts"; msgattrib --only-fuzzy "$texts"; } 2>/dev/null |
    sed -n 's/^msgid "\(.\+\)"$/to translate: \1/p'
done
