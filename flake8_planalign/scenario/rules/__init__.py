"""The rules of the Scenario view, one module each."""
