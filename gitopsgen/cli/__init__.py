"""The command line: one file per command; each parses, calls the compiler, and hands the result to report."""
