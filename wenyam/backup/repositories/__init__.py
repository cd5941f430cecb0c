"""The restic driver, and one file per kind of destination."""
