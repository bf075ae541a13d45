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
    """Create the tables; what was sent is only kept, nobody will ever search in it."""
    op.create_table(
        "applications",
        sa.Column("application_id", sa.Integer(), primary_key=True),
        sa.Column("sent", postgresql.JSON(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
    )
    op.create_index("applications_by_answers", "applications", ["answers"])
    op.create_index("applications_by_city", "applications", [sa.text("(answers -> 'home' ->> 'city')")])
    op.create_table(
        "profile_features",
        sa.Column("profile_id", sa.Integer(), sa.ForeignKey("profiles.profile_id"), primary_key=True),
        sa.Column("income", sa.Float(), nullable=False),
    )
    op.create_table(
        "payments",
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("payments")
    op.drop_table("profile_features")
    op.drop_table("applications")
