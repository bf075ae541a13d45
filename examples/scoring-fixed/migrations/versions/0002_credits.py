"""The credits that were given, and whether they were repaid.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of credits."""
    op.create_table(
        "credits",
        sa.Column("credit_id", sa.Integer(), primary_key=True),
        sa.Column("profile_id", sa.Integer(), sa.ForeignKey("profiles.profile_id"), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repaid", sa.Boolean(), nullable=False),
    )
    op.create_index("credits_by_profile", "credits", ["profile_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("credits")
