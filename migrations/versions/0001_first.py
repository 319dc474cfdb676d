"""The first tables, and the guard against overlapping bookings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BLOCKS = "('held', 'requested', 'confirmed')"

OVERLAP_POSTGRESQL = f"""
ALTER TABLE booking ADD CONSTRAINT ex_booking_overlap EXCLUDE USING gist (
    company_id WITH =, resource WITH =, tstzrange(starts_at, ends_at) WITH &&
) WHERE (state IN {BLOCKS})
"""

OVERLAP_SQLITE = """
CREATE TRIGGER ex_booking_overlap_{when} BEFORE {event} ON booking
WHEN NEW.state IN {blocks} AND EXISTS (
    SELECT 1 FROM booking AS other
    WHERE other.company_id = NEW.company_id AND other.resource = NEW.resource
      AND other.id <> NEW.id AND other.state IN {blocks}
      AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at
)
BEGIN SELECT RAISE(ABORT, 'ex_booking_overlap'); END
"""


TABLES = (
    "turn",
    "sign_in",
    "message",
    "callback",
    "call",
    "booking",
    "user_account",
    "sms_number",
    "simulated_text",
    "pbx",
    "opt_out",
    "conversation",
    "change",
    "audit",
    "job",
    "company",
)


# fmt: off
def upgrade() -> None:
    op.create_table('company',
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('zone', sa.String(), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('wrapped_keys', sa.LargeBinary(), nullable=False),
        sa.Column('business', sa.JSON(), nullable=False),
        sa.Column('audit_number', sa.Integer(), nullable=False),
        sa.Column('audit_head', sa.String(length=64), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_company'))
    )
    op.create_table('job',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('kind', sa.String(length=24), nullable=False),
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('subject', sa.Uuid(), nullable=False),
        sa.Column('lane', sa.String(), nullable=True),
        sa.Column('run_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('state', sa.String(length=8), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('token', sa.String(length=32), nullable=True),
        sa.Column('fault', sa.String(), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_job')),
        sa.UniqueConstraint('key', name=op.f('uq_job_key')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_job_due', 'job', ['run_at'], unique=False, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
    op.create_index(op.f('ix_job_ended_at'), 'job', ['ended_at'], unique=False)
    op.create_index('ix_job_lane', 'job', ['lane'], unique=False, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
    op.create_table('audit',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor', sa.String(), nullable=False),
        sa.Column('action', sa.String(length=32), nullable=False),
        sa.Column('object_kind', sa.String(length=24), nullable=False),
        sa.Column('object_id', sa.String(), nullable=False),
        sa.Column('remote', sa.LargeBinary(), nullable=False),
        sa.Column('previous_hash', sa.String(length=64), nullable=False),
        sa.Column('hash', sa.String(length=64), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_audit_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
        sa.UniqueConstraint('company_id', 'number', name=op.f('uq_audit_company_id_number'))
    )
    op.create_index(op.f('ix_audit_company_id'), 'audit', ['company_id'], unique=False)
    op.create_table('change',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('subject', sa.Uuid(), nullable=False),
        sa.Column('part', sa.Uuid(), nullable=True),
        sa.Column('new', sa.Boolean(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_change_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_change')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_change_at'), 'change', ['at'], unique=False)
    op.create_index(op.f('ix_change_company_id'), 'change', ['company_id'], unique=False)
    op.create_table('conversation',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('number', sa.LargeBinary(), nullable=False),
        sa.Column('number_index', sa.LargeBinary(length=16), nullable=False),
        sa.Column('our_number', sa.String(length=20), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('owner', sa.String(length=16), nullable=False),
        sa.Column('memory', sa.LargeBinary(), nullable=False),
        sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_conversation_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_conversation'))
    )
    op.create_index(op.f('ix_conversation_changed_at'), 'conversation', ['changed_at'], unique=False)
    op.create_index(op.f('ix_conversation_company_id'), 'conversation', ['company_id'], unique=False)
    op.create_index('uq_conversation_open', 'conversation', ['company_id', 'number_index'], unique=True, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
    op.create_table('opt_out',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('number_index', sa.LargeBinary(length=16), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_opt_out_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_opt_out')),
        sa.UniqueConstraint('company_id', 'number_index', name=op.f('uq_opt_out_company_id_number_index'))
    )
    op.create_index(op.f('ix_opt_out_company_id'), 'opt_out', ['company_id'], unique=False)
    op.create_table('pbx',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('host', sa.String(), nullable=False),
        sa.Column('port', sa.Integer(), nullable=False),
        sa.Column('username', sa.String(), nullable=False),
        sa.Column('secret', sa.LargeBinary(), nullable=False),
        sa.Column('tls', sa.Boolean(), nullable=False),
        sa.Column('site', sa.String(), nullable=False),
        sa.Column('link_state', sa.String(length=24), nullable=False),
        sa.Column('link_text', sa.String(), nullable=False),
        sa.Column('link_since', sa.DateTime(timezone=True), nullable=True),
        sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_pbx_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_pbx')),
        sa.UniqueConstraint('company_id', 'name', name=op.f('uq_pbx_company_id_name'))
    )
    op.create_index(op.f('ix_pbx_company_id'), 'pbx', ['company_id'], unique=False)
    op.create_table('simulated_text',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('token', sa.String(length=64), nullable=False),
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('number_index', sa.LargeBinary(length=16), nullable=False),
        sa.Column('typed', sa.Boolean(), nullable=False),
        sa.Column('body', sa.LargeBinary(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_simulated_text_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_simulated_text')),
        sa.UniqueConstraint('token', name=op.f('uq_simulated_text_token'))
    )
    op.create_index(op.f('ix_simulated_text_company_id'), 'simulated_text', ['company_id'], unique=False)
    op.create_index(op.f('ix_simulated_text_number_index'), 'simulated_text', ['number_index'], unique=False)
    op.create_table('sms_number',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('provider', sa.String(length=24), nullable=False),
        sa.Column('e164', sa.String(length=20), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_sms_number_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sms_number')),
        sa.UniqueConstraint('provider', 'e164', name=op.f('uq_sms_number_provider_e164'))
    )
    op.create_index(op.f('ix_sms_number_company_id'), 'sms_number', ['company_id'], unique=False)
    op.create_table('user_account',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('email_index', sa.LargeBinary(length=16), nullable=False),
        sa.Column('email', sa.LargeBinary(), nullable=False),
        sa.Column('name', sa.LargeBinary(), nullable=False),
        sa.Column('role', sa.String(length=16), nullable=False),
        sa.Column('password_hash', sa.String(), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('failed_count', sa.Integer(), nullable=False),
        sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_user_account_company_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
        sa.UniqueConstraint('email_index', name=op.f('uq_user_account_email_index'))
    )
    op.create_index(op.f('ix_user_account_company_id'), 'user_account', ['company_id'], unique=False)
    op.create_table('booking',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('number', sa.LargeBinary(), nullable=False),
        sa.Column('number_index', sa.LargeBinary(length=16), nullable=False),
        sa.Column('conversation_id', sa.Uuid(), nullable=True),
        sa.Column('note', sa.LargeBinary(), nullable=False),
        sa.Column('service', sa.String(length=64), nullable=False),
        sa.Column('resource', sa.String(), nullable=False),
        sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('zone', sa.String(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('source', sa.String(length=16), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_booking_ends_after_start')),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_booking_company_id')),
        sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_booking_conversation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_booking')),
        sa.UniqueConstraint('key', name=op.f('uq_booking_key'))
    )
    op.create_index(op.f('ix_booking_company_id'), 'booking', ['company_id'], unique=False)
    op.create_index(op.f('ix_booking_number_index'), 'booking', ['number_index'], unique=False)
    op.create_index('ix_booking_resource', 'booking', ['company_id', 'resource', 'starts_at'], unique=False)
    op.create_table('call',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('pbx_id', sa.Uuid(), nullable=False),
        sa.Column('uniqueid', sa.String(), nullable=False),
        sa.Column('direction', sa.String(length=16), nullable=False),
        sa.Column('caller', sa.LargeBinary(), nullable=False),
        sa.Column('caller_e164', sa.LargeBinary(), nullable=True),
        sa.Column('caller_index', sa.LargeBinary(length=16), nullable=True),
        sa.Column('withheld', sa.Boolean(), nullable=False),
        sa.Column('did', sa.String(), nullable=True),
        sa.Column('did_e164', sa.String(), nullable=True),
        sa.Column('callee', sa.LargeBinary(), nullable=True),
        sa.Column('outcome', sa.String(length=16), nullable=True),
        sa.Column('reason', sa.String(length=24), nullable=True),
        sa.Column('queues', sa.JSON(), nullable=False),
        sa.Column('rang', sa.JSON(), nullable=False),
        sa.Column('answered_by', sa.LargeBinary(), nullable=True),
        sa.Column('ended_by', sa.String(length=16), nullable=True),
        sa.Column('wait_s', sa.Double(), nullable=False),
        sa.Column('talk_s', sa.Double(), nullable=False),
        sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('conversation_id', sa.Uuid(), nullable=True),
        sa.Column('text_withheld', sa.String(length=32), nullable=True),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_call_company_id')),
        sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_call_conversation_id')),
        sa.ForeignKeyConstraint(['pbx_id'], ['pbx.id'], name=op.f('fk_call_pbx_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_call')),
        sa.UniqueConstraint('pbx_id', 'uniqueid', name=op.f('uq_call_pbx_id_uniqueid'))
    )
    op.create_index(op.f('ix_call_caller_index'), 'call', ['caller_index'], unique=False)
    op.create_index(op.f('ix_call_company_id'), 'call', ['company_id'], unique=False)
    op.create_index('ix_call_missed', 'call', ['company_id', 'outcome', 'started_at'], unique=False)
    op.create_table('callback',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('number', sa.LargeBinary(), nullable=False),
        sa.Column('number_index', sa.LargeBinary(length=16), nullable=False),
        sa.Column('conversation_id', sa.Uuid(), nullable=True),
        sa.Column('why', sa.LargeBinary(), nullable=False),
        sa.Column('from_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('to_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_callback_company_id')),
        sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_callback_conversation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_callback')),
        sa.UniqueConstraint('key', name=op.f('uq_callback_key'))
    )
    op.create_index(op.f('ix_callback_company_id'), 'callback', ['company_id'], unique=False)
    op.create_index(op.f('ix_callback_number_index'), 'callback', ['number_index'], unique=False)
    op.create_table('message',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('conversation_id', sa.Uuid(), nullable=False),
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('key', sa.String(), nullable=False),
        sa.Column('direction', sa.String(length=3), nullable=False),
        sa.Column('text', sa.LargeBinary(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('why', sa.LargeBinary(), nullable=True),
        sa.Column('provider', sa.String(length=24), nullable=True),
        sa.Column('provider_id', sa.String(), nullable=True),
        sa.Column('token', sa.String(length=43), nullable=True),
        sa.Column('parts', sa.Integer(), nullable=True),
        sa.Column('cost_e4', sa.Integer(), nullable=True),
        sa.Column('despite_opt_out', sa.Boolean(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_message_company_id')),
        sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_message_conversation_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
        sa.UniqueConstraint('conversation_id', 'number', name=op.f('uq_message_conversation_id_number')),
        sa.UniqueConstraint('key', name=op.f('uq_message_key')),
        sa.UniqueConstraint('provider', 'direction', 'provider_id', name=op.f('uq_message_provider_direction_provider_id')),
        sa.UniqueConstraint('token', name=op.f('uq_message_token'))
    )
    op.create_index(op.f('ix_message_company_id'), 'message', ['company_id'], unique=False)
    op.create_table('sign_in',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('user_id', sa.Uuid(), nullable=False),
        sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_sign_in_company_id')),
        sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_sign_in_user_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_sign_in_token_hash'))
    )
    op.create_index(op.f('ix_sign_in_company_id'), 'sign_in', ['company_id'], unique=False)
    op.create_index(op.f('ix_sign_in_user_id'), 'sign_in', ['user_id'], unique=False)
    op.create_table('turn',
        sa.Column('company_id', sa.Uuid(), nullable=False),
        sa.Column('message_id', sa.Uuid(), nullable=False),
        sa.Column('engine', sa.String(length=24), nullable=False),
        sa.Column('understood', sa.LargeBinary(), nullable=False),
        sa.Column('decided', sa.LargeBinary(), nullable=False),
        sa.Column('took_ms', sa.Integer(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(['company_id'], ['company.id'], name=op.f('fk_turn_company_id')),
        sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_turn_message_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_turn')),
        sa.UniqueConstraint('message_id', name=op.f('uq_turn_message_id'))
    )
    op.create_index(op.f('ix_turn_company_id'), 'turn', ['company_id'], unique=False)
    guard_bookings()
# fmt: on


def guard_bookings() -> None:
    """Two bookings can't overlap on a resource, whoever writes them."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(OVERLAP_POSTGRESQL)
        return
    for when, event in (("insert", "INSERT"), ("update", "UPDATE")):
        op.execute(OVERLAP_SQLITE.format(when=when, event=event, blocks=BLOCKS))


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
