from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('opstage', '0002_governance')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Run',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('created_at', fields.CharField(max_length=24)),
                ('updated_at', fields.CharField(max_length=24)),
                ('workspace', fields.ForeignKeyField('opstage.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('action_name', fields.CharField(max_length=200)),
                ('action_label', fields.TextField(unique=False)),
                ('danger_level', fields.CharField(max_length=40)),
                ('status', fields.CharField(max_length=40)),
                ('stop_reason', fields.CharField(null=True, max_length=40)),
                ('selector', fields.TextField(null=True, unique=False)),
                ('payload_json', fields.TextField(default='{}', unique=False)),
                ('raw_payload_json', fields.TextField(null=True, unique=False)),
                ('confirmed', fields.BooleanField(default=False)),
                ('concurrency', fields.IntField()),
                ('stop_after_failures', fields.IntField(null=True)),
                ('total', fields.IntField()),
                ('counts_json', fields.TextField(default='{}', unique=False)),
                ('created_by_user_id', fields.CharField(null=True, max_length=80)),
                ('created_by_key_id', fields.CharField(null=True, max_length=80)),
                ('created_by', fields.TextField(null=True, unique=False)),
                ('idempotency_key', fields.TextField(null=True, unique=False)),
                ('completed_at', fields.CharField(null=True, max_length=24)),
            ],
            options={'table': 'runs', 'app': 'opstage', 'unique_together': (('created_by_user_id', 'idempotency_key'), ('created_by_key_id', 'idempotency_key')), 'indexes': [Index(fields=['created_at', 'id'], name='runs_created'), Index(fields=['status', 'created_at', 'id'], name='runs_status'), Index(fields=['action_name', 'created_at', 'id'], name='runs_action'), Index(fields=['completed_at', 'id'], name='runs_completed')], 'pk_attr': 'id', 'table_description': 'A request to run one action on several services.'},
            bases=['Stored'],
        ),
        ops.CreateModel(
            name='RunTarget',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('run', fields.ForeignKeyField('opstage.Run', source_field='run_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
                ('service_id', fields.CharField(max_length=80)),
                ('service_code', fields.CharField(max_length=80)),
                ('service_name', fields.TextField(unique=False)),
                ('agent_id', fields.CharField(max_length=80)),
                ('agent_code', fields.CharField(max_length=80)),
                ('command_id', fields.CharField(null=True, max_length=80)),
                ('status', fields.CharField(max_length=40)),
                ('error_code', fields.CharField(null=True, max_length=80)),
                ('error_message', fields.TextField(null=True, unique=False)),
                ('started_at', fields.CharField(null=True, max_length=24)),
                ('completed_at', fields.CharField(null=True, max_length=24)),
            ],
            options={'table': 'run_targets', 'app': 'opstage', 'unique_together': (('run_id', 'position'),), 'indexes': [Index(fields=['run_id', 'status', 'position'], name='run_targets_status')], 'pk_attr': 'id', 'table_description': 'One of its services.'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Command',
            name='run_id',
            field=fields.CharField(null=True, max_length=80),
        ),
    ]
