"""Hand edits of generated files: recorded as patch files, applied to every later rendering."""
