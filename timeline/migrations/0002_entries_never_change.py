"""The database itself refuses to change an entry, whoever asks."""

from django.db import migrations

SQLITE = """
CREATE TRIGGER entry_never_changed BEFORE UPDATE ON timeline_entry
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END
"""
POSTGRESQL = """
CREATE FUNCTION entry_never_changed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'entries are never changed'; END $$;
CREATE TRIGGER entry_never_changed BEFORE UPDATE OR DELETE ON timeline_entry
FOR EACH ROW EXECUTE FUNCTION entry_never_changed();
"""


def forwards(apps, schema_editor):
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE)


def backwards(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute("DROP TRIGGER entry_never_changed" + (" ON timeline_entry" if postgresql else ""))
    if postgresql:
        schema_editor.execute("DROP FUNCTION entry_never_changed()")


class Migration(migrations.Migration):
    dependencies = [("timeline", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
