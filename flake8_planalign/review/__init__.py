"""The plan-alignment review: a checklist for each story of the plan, what decides it, and a verdict."""
