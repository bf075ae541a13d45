"""The rules of the Logical view, one file each."""
