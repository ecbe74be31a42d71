"""What every stage shares: diagnostics, positions, repository paths, the YAML door, assets."""
