"""The `planalign` command, one module for each of its subcommands."""
