"""Two indexes of the log that no question needs: every tap paid for them.

Dropped by name: Django would alter the column, for which SQLite makes the table anew and loses the triggers that keep
entries from being changed.
"""

import django.db.models.deletion
from django.db import migrations, models

INDEXES = {
    "timeline_entry_kind_769d9ba2": "(kind)",
    "timeline_entry_kind_769d9ba2_like": "(kind varchar_pattern_ops)",
    "timeline_entry_code_id_309bc83c": "(code_id)",
}


def forwards(apps, schema_editor):
    for name in INDEXES:
        schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


def backwards(apps, schema_editor):
    for name, on in INDEXES.items():
        if schema_editor.connection.vendor == "postgresql" or "_ops" not in on:
            schema_editor.execute(f"CREATE INDEX {name} ON timeline_entry {on}")


class Migration(migrations.Migration):
    dependencies = [("timeline", "0005_rollup")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(forwards, backwards)],
            state_operations=[
                migrations.AlterField(
                    "entry",
                    "code",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="timeline.code",
                    ),
                ),
                migrations.AlterField("entry", "kind", models.CharField(max_length=64)),
            ],
        )
    ]
