"""Stage 3: a checked spec and its packs become a Plan, in which nothing is optional any more."""
