"""The story that docs/regeneration.md tells of copier, cruft, projen and gitopsgen."""
