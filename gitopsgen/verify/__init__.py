"""Stage 5: what was rendered is read back, held against its schema, and searched for dangling references."""
