"""Whose a job is becomes a column that triggers keep, so that web servers of the version before
keep it, too. Nothing is read by it before 0014 has filled it.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The owner of a photo changes by hand alone, if ever.
OWNER = """
CREATE FUNCTION jobs_job_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.owner_id := (SELECT owner_id FROM jobs_photo WHERE id = NEW.photo_id);
    RETURN NEW;
END $$;

CREATE TRIGGER job_owner BEFORE INSERT ON jobs_job
FOR EACH ROW EXECUTE FUNCTION jobs_job_owner();

CREATE FUNCTION jobs_photo_owner() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE jobs_job SET owner_id = NEW.owner_id WHERE photo_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER photo_owner AFTER UPDATE OF owner_id ON jobs_photo
FOR EACH ROW WHEN (OLD.owner_id <> NEW.owner_id) EXECUTE FUNCTION jobs_photo_owner();
"""

NO_OWNER = """
DROP TRIGGER job_owner ON jobs_job;
DROP FUNCTION jobs_job_owner();
DROP TRIGGER photo_owner ON jobs_photo;
DROP FUNCTION jobs_photo_owner();
"""


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("jobs", "0012_job_letter_due"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="owner",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(OWNER, NO_OWNER),
    ]
