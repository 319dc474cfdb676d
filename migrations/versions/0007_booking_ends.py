"""Bookings by their end: what takes time from now on is found without reading all that are over."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_booking_ends", "booking", ["company_id", "ends_at"])


def downgrade() -> None:
    op.drop_index("ix_booking_ends", table_name="booking")
