"""SQLite refuses to delete an entry as PostgreSQL does since 0002."""

from django.db import migrations

DELETED = """
CREATE TRIGGER entry_never_deleted BEFORE DELETE ON timeline_entry
BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END
"""


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(DELETED)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER entry_never_deleted")


class Migration(migrations.Migration):
    dependencies = [("timeline", "0002_entries_never_change")]
    operations = [migrations.RunPython(forwards, backwards)]
