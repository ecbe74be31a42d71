"""What a git hook asks: whether the commit that is about to be made is what its own spec says."""
