"""What applicants send us, and the features that are made of it.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, with an index for what is looked for and a time for what is learnt from."""
    op.create_table(
        "applications",
        sa.Column("application_id", sa.Integer(), primary_key=True),
        sa.Column("office_id", sa.Text(), nullable=False),
        sa.Column("sent", postgresql.JSONB(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
    )
    op.create_index("applications_by_answers", "applications", ["answers"], postgresql_using="gin")
    op.create_index("applications_by_channel", "applications", [sa.text("(sent ->> 'channel')")])
    op.create_index("applications_by_office", "applications", ["office_id"])
    op.create_table(
        "profile_features",
        sa.Column("profile_id", sa.Integer(), sa.ForeignKey("profiles.profile_id"), primary_key=True),
        sa.Column("event_time", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("income", sa.Float(), nullable=False),
    )
    op.create_table(
        "payments",
        sa.Column("payment_id", sa.BigInteger(), primary_key=True),
        sa.Column("amount", sa.Numeric(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("payments")
    op.drop_table("profile_features")
    op.drop_table("applications")
