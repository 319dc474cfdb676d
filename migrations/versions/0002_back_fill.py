"""Kinds of PBX, how far their sources are read, gaps, and callbacks that belong to a call."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


# fmt: off
def upgrade() -> None:
    with op.batch_alter_table('pbx') as pbx:
        pbx.add_column(sa.Column('kind', sa.String(length=8), nullable=False, server_default='ami'))
    with op.batch_alter_table('pbx') as pbx:
        pbx.alter_column('kind', server_default=None)
    with op.batch_alter_table('callback') as callback:
        callback.add_column(sa.Column('call_id', sa.Uuid(), nullable=True))
        callback.create_foreign_key(op.f('fk_callback_call_id'), 'call', ['call_id'], ['id'])
    op.create_index(op.f('ix_callback_call_id'), 'callback', ['call_id'], unique=False)
    op.create_table('pbx_mark',
        sa.Column('pbx_id', sa.Uuid(), nullable=False),
        sa.Column('source', sa.String(length=24), nullable=False),
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('mark', sa.String(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_pbx_mark_company_id')),
        sa.ForeignKeyConstraint(['pbx_id'], ['pbx.id'], name=op.f('fk_pbx_mark_pbx_id')),
        sa.PrimaryKeyConstraint('pbx_id', 'source', name=op.f('pk_pbx_mark')),
    )
    op.create_index(op.f('ix_pbx_mark_company_id'), 'pbx_mark', ['company_id'], unique=False)
    op.create_table('gap',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('pbx_id', sa.Uuid(), nullable=False),
        sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('to_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('sources', sa.JSON(), nullable=False),
        sa.Column('found', sa.Integer(), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_gap_company_id')),
        sa.ForeignKeyConstraint(['pbx_id'], ['pbx.id'], name=op.f('fk_gap_pbx_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_gap')),
    )
    op.create_index(op.f('ix_gap_company_id'), 'gap', ['company_id'], unique=False)
    op.create_index(op.f('ix_gap_pbx_id'), 'gap', ['pbx_id'], unique=False)


def downgrade() -> None:
    op.drop_table('gap')
    op.drop_table('pbx_mark')
    op.drop_index(op.f('ix_callback_call_id'), table_name='callback')
    with op.batch_alter_table('callback') as callback:
        callback.drop_column('call_id')
    with op.batch_alter_table('pbx') as pbx:
        pbx.drop_column('kind')
