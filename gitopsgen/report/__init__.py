"""The only printer: text for people, diff for git, JSON, SARIF and annotations for machines."""
