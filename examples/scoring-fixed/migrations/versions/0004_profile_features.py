"""The features of profiles as they were at each time: a change is a new row.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of features, whose versions are told apart by when they began."""
    op.create_table(
        "profile_features",
        sa.Column("profile_id", sa.Integer(), sa.ForeignKey("profiles.profile_id"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("income", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "valid_from"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("profile_features")
