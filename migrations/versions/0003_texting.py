"""What texting needs: rules, templates, prices, budgets, accounts; API keys; notices of privacy."""

from secrets import token_hex

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ADDED = {
    "company": [("texting", sa.JSON(), "{}"), ("code", sa.String(length=8), "")],
    "sms_number": [("rank", sa.Integer(), "0")],
    "message": [
        ("author", sa.String(length=64), "assistant"),
        ("situation", sa.String(length=24), "reply"),
        ("reserved_e4", sa.Integer(), None),
        ("held_until", sa.DateTime(timezone=True), None),
        ("sender", sa.String(length=20), None),
        ("turn_from", sa.String(length=24), None),
    ],
    "opt_out": [("told_by", sa.String(length=16), "caller")],
}
"""Columns by table: name, type, and what rows that are there get; None where they may lack it."""
ONE_ID = "uq_message_provider_direction_provider_id"
"""Held until now that a provider's id names one text; some count anew after a restart."""
NEW = (
    "message_part", "template", "spent", "number_rule", "api_key",
    "sms_price", "sms_account", "parked_receipt", "pace",
)  # fmt: skip


# fmt: off
def upgrade() -> None:
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as changed:
            for name, kind, default in columns:
                nullable = default is None
                changed.add_column(sa.Column(name, kind, nullable=nullable, server_default=default))
        with op.batch_alter_table(table) as changed:
            for name, _, default in columns:
                if default is not None:
                    changed.alter_column(name, server_default=None)
    with op.batch_alter_table('message') as message:
        message.drop_constraint(ONE_ID, type_='unique')
    op.create_index('ix_message_provider_id', 'message', ['provider', 'direction', 'provider_id'], unique=False)
    _give_codes()
    with op.batch_alter_table('company') as company:
        company.create_unique_constraint(op.f('uq_company_code'), ['code'])
    # Not in a batch, which would make the table anew: without AUTOINCREMENT, so that ids came again.
    op.add_column('job', sa.Column('urgency', sa.Integer(), nullable=False, server_default='0'))
    _index_jobs('kind', 'urgency', 'run_at', 'id')
    op.create_index('ix_conversation_number', 'conversation', ['company_id', 'number_index'], unique=False)
    op.create_table('pace',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_pace'))
    )
    op.create_table('parked_receipt',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('provider', sa.String(length=24), nullable=False),
    sa.Column('provider_id', sa.String(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('opted_out', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('parked_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_parked_receipt')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_parked_receipt_parked_at'), 'parked_receipt', ['parked_at'], unique=False)
    op.create_index('ix_parked_receipt_text', 'parked_receipt', ['provider', 'provider_id'], unique=False)
    op.create_table('sms_account',
    sa.Column('name', sa.String(length=24), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retry_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('unreported', sa.Integer(), nullable=False),
    sa.Column('silent_since', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_sms_account'))
    )
    op.create_table('sms_price',
    sa.Column('provider', sa.String(length=24), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('part_e4', sa.Integer(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_price')),
    sa.UniqueConstraint('provider', 'country', 'valid_from', name=op.f('uq_sms_price_provider_country_valid_from'))
    )
    op.create_table('api_key',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('key_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_api_key_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_key')),
    sa.UniqueConstraint('key_hash', name=op.f('uq_api_key_key_hash'))
    )
    op.create_index(op.f('ix_api_key_company_id'), 'api_key', ['company_id'], unique=False)
    op.create_table('number_rule',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.LargeBinary(), nullable=False),
    sa.Column('number_index', sa.LargeBinary(length=16), nullable=False),
    sa.Column('rule', sa.String(length=16), nullable=False),
    sa.Column('note', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_number_rule_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_number_rule')),
    sa.UniqueConstraint('company_id', 'number_index', name=op.f('uq_number_rule_company_id_number_index'))
    )
    op.create_index(op.f('ix_number_rule_company_id'), 'number_rule', ['company_id'], unique=False)
    op.create_table('spent',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('number_index', sa.LargeBinary(length=16), nullable=False),
    sa.Column('period', sa.String(length=13), nullable=False),
    sa.Column('texts', sa.Integer(), nullable=False),
    sa.Column('cost_e4', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_spent_company_id')),
    sa.PrimaryKeyConstraint('company_id', 'number_index', 'period', name=op.f('pk_spent'))
    )
    op.create_index(op.f('ix_spent_until'), 'spent', ['until'], unique=False)
    op.create_table('template',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('situation', sa.String(length=24), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('did', sa.String(length=20), nullable=False),
    sa.Column('queue', sa.String(length=80), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_template_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_template')),
    sa.UniqueConstraint('company_id', 'situation', 'language', 'did', 'queue', name=op.f('uq_template_company_id_situation_language_did_queue'))
    )
    op.create_index(op.f('ix_template_company_id'), 'template', ['company_id'], unique=False)
    op.create_table('message_part',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('message_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('provider', sa.String(length=24), nullable=False),
    sa.Column('provider_id', sa.String(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_message_part_company_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_message_part_message_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_part'))
    )
    op.create_index('ix_message_part_provider_id', 'message_part', ['provider', 'provider_id'], unique=False)
    op.create_index(op.f('ix_message_part_company_id'), 'message_part', ['company_id'], unique=False)
    op.create_index(op.f('ix_message_part_message_id'), 'message_part', ['message_id'], unique=False)


def _give_codes() -> None:
    company = sa.table('company', sa.column('id', sa.Uuid()), sa.column('code', sa.String()))
    bind = op.get_bind()
    for (company_id,) in bind.execute(sa.select(company.c.id)).all():
        bind.execute(sa.update(company).where(company.c.id == company_id).values(code=token_hex(4)))


def _index_jobs(*columns: str) -> None:
    """A worker asks for what is due, the most urgent first."""
    is_open = sa.text("state = 'open'")
    op.drop_index('ix_job_due', table_name='job')
    op.create_index('ix_job_due', 'job', columns, unique=False, sqlite_where=is_open, postgresql_where=is_open)


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    op.drop_index('ix_conversation_number', table_name='conversation')
    _index_jobs('run_at')
    op.drop_column('job', 'urgency')
    with op.batch_alter_table('company') as company:
        company.drop_constraint(op.f('uq_company_code'), type_='unique')
    _keep_newest_ids()
    op.drop_index('ix_message_provider_id', table_name='message')
    with op.batch_alter_table('message') as message:
        message.create_unique_constraint(ONE_ID, ['provider', 'direction', 'provider_id'])
    for table, columns in ADDED.items():
        with op.batch_alter_table(table) as changed:
            for name, _, _ in columns:
                changed.drop_column(name)


def _keep_newest_ids() -> None:
    """An id that came again stays with the newest of its texts."""
    names = ('id', 'provider', 'direction', 'provider_id', 'created_at')
    message = sa.table('message', *(sa.column(name) for name in names))
    newer = message.alias()
    same = [newer.c[name] == message.c[name] for name in ('provider', 'direction', 'provider_id')]
    later = sa.tuple_(newer.c.created_at, newer.c.id) > sa.tuple_(message.c.created_at, message.c.id)
    again = sa.exists().where(*same, later)
    op.execute(sa.update(message).where(again).values(provider_id=None))
