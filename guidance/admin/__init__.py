"""The editors' workshop, one file per subject. Importing them registers their rows."""
