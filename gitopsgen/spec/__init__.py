"""Stages 1 and 2: the app spec, from text to checked data."""
