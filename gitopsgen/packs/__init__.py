"""What can be generated: packs, the catalogue that finds them, and the layers that override them."""
