"""Roles: each module is one role, an async function from a mind and plain values to a plain value."""
