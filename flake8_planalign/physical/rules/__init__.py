"""The rules of the Physical view, one module each."""
