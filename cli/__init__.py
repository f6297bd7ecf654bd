"""The `symposium` command."""
