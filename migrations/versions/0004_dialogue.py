"""What dialogue and bookings need: held times, calendars outside, passages, owners, the AI log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED = {
    "booking": [
        ("held_until", sa.DateTime(timezone=True), None),
        ("calendar_version", sa.Integer(), "0"),
    ],
    "conversation": [
        ("owner_id", sa.Uuid(), None),
        ("owner_since", sa.DateTime(timezone=True), None),
    ],
    "turn": [
        ("version", sa.String(length=80), None),
        ("proposed", sa.LargeBinary(), None),
        ("used", sa.LargeBinary(), None),
        ("refused", sa.LargeBinary(), None),
        ("unanswered", sa.Boolean(), sa.false()),
        ("tokens_in", sa.Integer(), None),
        ("tokens_out", sa.Integer(), None),
        ("cost_e4", sa.Integer(), None),
    ],
}
"""Columns by table: name, type, and what rows that are there get; None where they may lack it.

Added to the table as it stands: one that is made anew, as in a batch, loses its triggers.
"""
NEW = ("passage", "calendar", "busy")
EMPTIED = ("understood", "decided")
"""Columns of `turn` that are emptied when the AI log's days are over."""


# fmt: off
def upgrade() -> None:
    for table, columns in ADDED.items():
        for name, kind, default in columns:
            nullable = default is None
            op.add_column(table, sa.Column(name, kind, nullable=nullable, server_default=default))
    with op.batch_alter_table('company') as company:
        company.add_column(sa.Column('assistant', sa.JSON(), nullable=False, server_default='{}'))
    with op.batch_alter_table('company') as company:
        company.alter_column('assistant', server_default=None)
    with op.batch_alter_table('turn') as turn:  # no trigger stands on it
        for name in EMPTIED:
            turn.alter_column(name, existing_type=sa.LargeBinary(), nullable=True)
    op.create_index('ix_turn_created', 'turn', ['company_id', 'created_at'], unique=False)
    op.create_table('busy',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('resource', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('source', sa.String(length=8), nullable=False),
    sa.Column('note', sa.LargeBinary(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_busy_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_busy')),
    sa.UniqueConstraint('company_id', 'resource', 'key', name=op.f('uq_busy_company_id_resource_key'))
    )
    op.create_index(op.f('ix_busy_company_id'), 'busy', ['company_id'], unique=False)
    op.create_index('ix_busy_resource', 'busy', ['company_id', 'resource', 'starts_at'], unique=False)
    op.create_table('calendar',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('resource', sa.String(), nullable=False),
    sa.Column('feed_secret', sa.LargeBinary(), nullable=False),
    sa.Column('feed_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('caldav_url', sa.LargeBinary(), nullable=False),
    sa.Column('caldav_user', sa.LargeBinary(), nullable=False),
    sa.Column('caldav_password', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_calendar_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar')),
    sa.UniqueConstraint('company_id', 'resource', name=op.f('uq_calendar_company_id_resource')),
    sa.UniqueConstraint('feed_hash', name=op.f('uq_calendar_feed_hash'))
    )
    op.create_index(op.f('ix_calendar_company_id'), 'calendar', ['company_id'], unique=False)
    op.create_table('passage',
    sa.Column('company_id', sa.Uuid(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.LargeBinary(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.LargeBinary(), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_passage_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passage'))
    )
    op.create_index(op.f('ix_passage_company_id'), 'passage', ['company_id'], unique=False)
    op.create_index('ix_passage_source', 'passage', ['company_id', 'source_id', 'position'], unique=False)


def downgrade() -> None:
    for table in NEW:
        op.drop_table(table)
    op.drop_index('ix_turn_created', table_name='turn')
    op.execute(sa.text("DELETE FROM turn WHERE understood IS NULL OR decided IS NULL"))
    with op.batch_alter_table('turn') as turn:
        for name in EMPTIED:
            turn.alter_column(name, existing_type=sa.LargeBinary(), nullable=False)
    with op.batch_alter_table('company') as company:
        company.drop_column('assistant')
    for table, columns in ADDED.items():
        for name, *_ in columns:
            op.drop_column(table, name)
