"""Stages 6 and 7: what we wrote (lock), what is there (snapshot), what to do (decide, pure), the doing (apply)."""
