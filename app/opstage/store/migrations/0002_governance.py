from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('opstage', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ApiKey',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('created_at', fields.CharField(max_length=24)),
                ('updated_at', fields.CharField(max_length=24)),
                ('workspace', fields.ForeignKeyField('opstage.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=200)),
                ('key_hash', fields.CharField(unique=True, max_length=64)),
                ('hint', fields.CharField(max_length=40)),
                ('role', fields.CharField(max_length=40)),
                ('status', fields.CharField(max_length=40)),
                ('created_by_user', fields.ForeignKeyField('opstage.User', source_field='created_by_user_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('expires_at', fields.CharField(null=True, max_length=24)),
                ('last_used_at', fields.CharField(null=True, max_length=24)),
                ('revoked_at', fields.CharField(null=True, max_length=24)),
            ],
            options={'table': 'api_keys', 'app': 'opstage', 'indexes': [Index(fields=['created_at', 'id'], name='api_keys_created'), Index(fields=['status', 'created_at', 'id'], name='api_keys_status')], 'pk_attr': 'id', 'table_description': "An integrator's credential: a principal of its own, with a role."},
            bases=['Stored'],
        ),
        ops.CreateModel(
            name='AuditCheckpoint',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('created_at', fields.CharField(max_length=24)),
                ('sequence', fields.BigIntField(unique=True)),
                ('hash', fields.CharField(max_length=64)),
                ('deleted', fields.IntField()),
            ],
            options={'table': 'audit_checkpoints', 'app': 'opstage', 'pk_attr': 'id', 'table_description': 'Where the audit trail begins after a pruning: the last event that was deleted.'},
            bases=['Appended'],
        ),
        ops.CreateModel(
            name='BusEvent',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('created_at', fields.CharField(max_length=24)),
                ('workspace', fields.ForeignKeyField('opstage.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('agent_id', fields.CharField(max_length=80)),
                ('service_id', fields.CharField(max_length=80)),
                ('service_code', fields.CharField(max_length=80)),
                ('event_type', fields.CharField(max_length=160)),
                ('event_ref', fields.CharField(null=True, max_length=200)),
                ('payload_json', fields.TextField(default='{}', unique=False)),
                ('metadata_json', fields.TextField(default='{}', unique=False)),
                ('correlation_id', fields.CharField(null=True, max_length=200)),
                ('causation_id', fields.CharField(null=True, max_length=200)),
                ('depth', fields.IntField(default=0)),
                ('occurred_at', fields.TextField(unique=False)),
                ('accepted_at', fields.CharField(max_length=24)),
                ('route_count', fields.IntField(default=0)),
                ('routed_json', fields.TextField(default='[]', unique=False)),
            ],
            options={'table': 'bus_events', 'app': 'opstage', 'unique_together': (('agent_id', 'event_ref'),), 'indexes': [Index(fields=['accepted_at', 'id'], name='bus_events_accepted'), Index(fields=['event_type', 'service_code'], name='bus_events_type'), Index(fields=['agent_id', 'accepted_at'], name='bus_events_agent')], 'pk_attr': 'id', 'table_description': 'Something a service announced.'},
            bases=['Appended'],
        ),
        ops.CreateModel(
            name='BusRoute',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('created_at', fields.CharField(max_length=24)),
                ('updated_at', fields.CharField(max_length=24)),
                ('workspace', fields.ForeignKeyField('opstage.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=200)),
                ('description', fields.TextField(null=True, unique=False)),
                ('status', fields.CharField(max_length=40)),
                ('source_service_code', fields.CharField(null=True, max_length=80)),
                ('event_type', fields.CharField(max_length=160)),
                ('target_service_code', fields.CharField(max_length=80)),
                ('action_name', fields.CharField(max_length=200)),
                ('input_mapping_json', fields.TextField(default='{}', unique=False)),
                ('metadata_json', fields.TextField(default='{}', unique=False)),
                ('allow_dangerous', fields.BooleanField(default=False)),
            ],
            options={'table': 'bus_routes', 'app': 'opstage', 'indexes': [Index(fields=['status', 'event_type', 'source_service_code'], name='bus_routes_match'), Index(fields=['created_at', 'id'], name='bus_routes_created')], 'pk_attr': 'id', 'table_description': 'A rule that turns a matching event into a command.'},
            bases=['Stored'],
        ),
        ops.CreateModel(
            name='CommandSecret',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('created_at', fields.CharField(max_length=24)),
                ('command', fields.OneToOneField('opstage.Command', source_field='command_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('ciphertext', fields.TextField(unique=False)),
                ('expires_at', fields.CharField(max_length=24)),
            ],
            options={'table': 'command_secrets', 'app': 'opstage', 'indexes': [Index(fields=['expires_at'], name='command_secrets_expiry')], 'pk_attr': 'id', 'table_description': 'The one-time key of a result, encrypted, until somebody who may has read it.'},
            bases=['Appended'],
        ),
        ops.AddField(
            model_name='Agent',
            name='operator_labels_json',
            field=fields.TextField(default='{}', db_default='{}', unique=False),
        ),
        ops.AddField(
            model_name='Agent',
            name='retired_at',
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.AddField(
            model_name='Agent',
            name='rotation_requested_at',
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.AlterModelOptions(
            name='AgentToken',
            options={'table': 'agent_tokens', 'app': 'opstage', 'indexes': [Index(fields=['agent_id', 'status'], name='agent_tokens_agent')], 'pk_attr': 'id', 'table_description': 'The credential of an agent. While it rotates, the older one works until ``expires_at``.'},
        ),
        ops.AddField(
            model_name='AgentToken',
            name='expires_at',
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.AddField(
            model_name='AuditEvent',
            name='hash',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='AuditEvent',
            name='previous_hash',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='AuditEvent',
            name='sequence',
            field=fields.BigIntField(null=True, unique=True),
        ),
        ops.AddField(
            model_name='CapsuleService',
            name='labels_json',
            field=fields.TextField(default='{}', db_default='{}', unique=False),
        ),
        ops.AddField(
            model_name='CapsuleService',
            name='operator_labels_json',
            field=fields.TextField(default='{}', db_default='{}', unique=False),
        ),
        ops.AddField(
            model_name='CapsuleService',
            name='retired_at',
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.AddField(
            model_name='Command',
            name='created_by_key',
            field=fields.ForeignKeyField('opstage.ApiKey', source_field='created_by_key_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Command',
            name='secrets_dropped',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddConstraint(
            model_name='Command',
            constraint=UniqueConstraint(fields=('created_by_key_id', 'idempotency_key'), name=None),
        ),
        ops.AddIndex(
            model_name='CommandOutput',
            index=Index(fields=['updated_at'], name='command_outputs_updated'),
        ),
        ops.AlterModelOptions(
            name='RegistrationToken',
            options={'table': 'registration_tokens', 'app': 'opstage', 'indexes': [Index(fields=['status', 'created_at', 'id'], name='registration_tokens_status'), Index(fields=['created_at', 'id'], name='registration_tokens_created'), Index(fields=['expires_at', 'id'], name='registration_tokens_expiry')], 'pk_attr': 'id', 'table_description': 'A token that enrols one agent, or up to ``max_uses`` of them whose codes fit its pattern.'},
        ),
        ops.AddField(
            model_name='RegistrationToken',
            name='code_pattern',
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name='RegistrationToken',
            name='labels_json',
            field=fields.TextField(default='{}', db_default='{}', unique=False),
        ),
        ops.AddField(
            model_name='RegistrationToken',
            name='max_uses',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name='RegistrationToken',
            name='mode',
            field=fields.CharField(null=True, max_length=40),
        ),
        ops.AddField(
            model_name='RegistrationToken',
            name='uses',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Session',
            name='last_used_at',
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.RemoveIndex(model_name='Agent', name='agents_created'),
        ops.AddIndex(
            model_name='Agent',
            index=Index(fields=['created_at', 'id', 'code', 'name'], name='agents_searched'),
        ),
        ops.RemoveIndex(model_name='CapsuleService', name='capsule_services_created'),
        ops.AddIndex(
            model_name='CapsuleService',
            index=Index(fields=['created_at', 'id', 'code', 'name'], name='capsule_services_searched'),
        ),
        ops.RunSQL(
            # Reports that say nothing new are not stored again, so the labels in manifests are taken here.
            "UPDATE capsule_services SET labels_json = (SELECT json_group_object(said.key, said.value)"
            " FROM (SELECT l.key, l.value FROM json_each(manifest_json, '$.labels') AS l"
            " WHERE l.type = 'text' AND length(l.key) BETWEEN 1 AND 63 AND length(l.value) <= 255 LIMIT 64)"
            " AS said) WHERE json_type(manifest_json, '$.labels') = 'object'",
            reverse_sql=ops.RunSQL.noop,
        ),
    ]
