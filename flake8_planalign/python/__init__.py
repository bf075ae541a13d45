"""What a Python module says and what a name in it means; knows no view."""
