"""Stage 4: templates become text; values are escaped for the output language by the environment, not by authors."""
