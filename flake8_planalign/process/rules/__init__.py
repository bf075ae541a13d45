"""The rules of the Process view, one file each."""
