"""What callback in list needs: queues, who staffs them, intervals and claims, tries, own prompts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ADDED = [
    ("open_key", sa.String(), None),
    ("queue_id", sa.Uuid(), None),
    ("customer_input", sa.LargeBinary(), None),
    ("input_kind", sa.String(length=16), ""),
    ("language", sa.String(length=8), ""),
    ("arrived_at", sa.DateTime(timezone=True), None),
    ("calls", sa.Integer(), "1"),
    ("last_call_at", sa.DateTime(timezone=True), None),
    ("tries", sa.Integer(), "0"),
    ("not_before", sa.DateTime(timezone=True), None),
    ("handler_id", sa.Uuid(), None),
    ("note", sa.LargeBinary(), None),
    ("attempt_id", sa.Uuid(), None),
    ("lease_until", sa.DateTime(timezone=True), None),
    ("alerted_at", sa.DateTime(timezone=True), None),
    ("expired_at", sa.DateTime(timezone=True), None),
    ("ended_as", sa.String(length=24), None),
    ("ended_at", sa.DateTime(timezone=True), None),
]
"""Columns of `callback`: name, type, and what rows that are there get; None where they may lack it."""


# fmt: off
def upgrade() -> None:
    op.drop_index(op.f('ix_message_company_id'), table_name='message')
    op.create_table('queue',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('pbx_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('label', sa.String(), nullable=False),
    sa.Column('rules', sa.JSON(), nullable=False),
    sa.Column('offer_on', sa.Boolean(), nullable=False),
    sa.Column('offer_why', sa.String(length=24), nullable=False),
    sa.Column('offer_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('waiting', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_queue_company_id')),
    sa.ForeignKeyConstraint(['pbx_id'], ['pbx.id'], name=op.f('fk_queue_pbx_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queue')),
    sa.UniqueConstraint('pbx_id', 'name', name=op.f('uq_queue_pbx_id_name'))
    )
    op.create_index(op.f('ix_queue_company_id'), 'queue', ['company_id'], unique=False)
    op.create_table('staffing',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('queue_id', sa.Uuid(), nullable=False),
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_staffing_company_id')),
    sa.ForeignKeyConstraint(['queue_id'], ['queue.id'], name=op.f('fk_staffing_queue_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_staffing_user_id')),
    sa.PrimaryKeyConstraint('user_id', 'queue_id', name=op.f('pk_staffing'))
    )
    op.create_index(op.f('ix_staffing_company_id'), 'staffing', ['company_id'], unique=False)
    with op.batch_alter_table('callback') as callback:  # no trigger stands on it
        for name, kind, default in ADDED:
            callback.add_column(sa.Column(name, kind, nullable=default is None, server_default=default))
    op.execute(sa.text("UPDATE callback SET arrived_at = created_at"))
    op.execute(sa.text("UPDATE callback SET ended_as = 'settled' WHERE state = 'done'"))
    with op.batch_alter_table('callback') as callback:
        callback.alter_column('arrived_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        for name, _kind, default in ADDED:
            if default is not None:
                callback.alter_column(name, server_default=None)
        callback.create_unique_constraint(op.f('uq_callback_open_key'), ['open_key'])
        callback.create_foreign_key(op.f('fk_callback_queue_id'), 'queue', ['queue_id'], ['id'])
        callback.create_foreign_key(op.f('fk_callback_handler_id'), 'user_account', ['handler_id'], ['id'])
    op.create_index(op.f('ix_callback_queue_id'), 'callback', ['queue_id'], unique=False)
    op.create_index('ix_callback_state', 'callback', ['company_id', 'state', 'arrived_at'], unique=False)
    op.create_table('callback_call',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('callback_id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=True),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('asked', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_callback_call_call_id')),
    sa.ForeignKeyConstraint(['callback_id'], ['callback.id'], name=op.f('fk_callback_call_callback_id')),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_callback_call_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback_call')),
    sa.UniqueConstraint('key', name=op.f('uq_callback_call_key'))
    )
    op.create_index(op.f('ix_callback_call_call_id'), 'callback_call', ['call_id'], unique=False)
    op.create_index(op.f('ix_callback_call_callback_id'), 'callback_call', ['callback_id'], unique=False)
    op.create_index(op.f('ix_callback_call_company_id'), 'callback_call', ['company_id'], unique=False)
    op.create_table('attempt',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('callback_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('pbx_id', sa.Uuid(), nullable=False),
    sa.Column('phone', sa.String(), nullable=False),
    sa.Column('number', sa.LargeBinary(), nullable=False),
    sa.Column('number_index', sa.LargeBinary(length=16), nullable=False),
    sa.Column('shown_number', sa.String(), nullable=False),
    sa.Column('automatic', sa.Boolean(), nullable=False),
    sa.Column('outside_why', sa.LargeBinary(), nullable=True),
    sa.Column('phase', sa.String(length=20), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('picked_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fault', sa.String(), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['callback_id'], ['callback.id'], name=op.f('fk_attempt_callback_id')),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_attempt_company_id')),
    sa.ForeignKeyConstraint(['pbx_id'], ['pbx.id'], name=op.f('fk_attempt_pbx_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_attempt_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempt'))
    )
    op.create_index(op.f('ix_attempt_company_id'), 'attempt', ['company_id'], unique=False)
    op.create_index('ix_attempt_callback', 'attempt', ['company_id', 'callback_id', 'began_at'], unique=False)
    under_way, not_noted = sa.text('ended_at IS NULL'), sa.text('noted_at IS NULL')
    op.create_index('uq_attempt_number_under_way', 'attempt', ['company_id', 'number_index'], unique=True,
        sqlite_where=under_way, postgresql_where=under_way)
    op.create_index('uq_attempt_user_not_noted', 'attempt', ['user_id'], unique=True,
        sqlite_where=not_noted, postgresql_where=not_noted)
    op.create_table('prompt',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('wav', sa.LargeBinary(), nullable=False),
    sa.Column('length_ms', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.String(length=60), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_prompt_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prompt')),
    sa.UniqueConstraint('company_id', 'language', 'name', name=op.f('uq_prompt_company_id_language_name'))
    )
    op.create_index(op.f('ix_prompt_company_id'), 'prompt', ['company_id'], unique=False)
    with op.batch_alter_table('user_account') as user:
        user.add_column(sa.Column('phone', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('user_account') as user:
        user.alter_column('phone', server_default=None)


def downgrade() -> None:
    op.create_index(op.f('ix_message_company_id'), 'message', ['company_id'], unique=False)
    with op.batch_alter_table('user_account') as user:
        user.drop_column('phone')
    op.drop_table('prompt')
    op.drop_table('attempt')
    op.drop_table('callback_call')
    op.drop_index('ix_callback_state', table_name='callback')
    op.drop_index(op.f('ix_callback_queue_id'), table_name='callback')
    with op.batch_alter_table('callback') as callback:
        callback.drop_constraint(op.f('fk_callback_queue_id'), type_='foreignkey')
        callback.drop_constraint(op.f('fk_callback_handler_id'), type_='foreignkey')
        callback.drop_constraint(op.f('uq_callback_open_key'), type_='unique')
        for name, *_ in ADDED:
            callback.drop_column(name)
    op.drop_table('staffing')
    op.drop_table('queue')
