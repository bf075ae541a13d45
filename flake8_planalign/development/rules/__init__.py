"""The rules of the Development view, one file each."""
