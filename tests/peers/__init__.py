"""The story that docs/regeneration-peers.md tells of copier, cruft, projen and gitopsgen."""
