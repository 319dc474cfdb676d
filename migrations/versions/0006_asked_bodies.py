"""What a program's request for a callback said, so that its key with another request is told apart."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("callback_call") as asked:
        asked.add_column(sa.Column("body", sa.LargeBinary(length=16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("callback_call") as asked:
        asked.drop_column("body")
