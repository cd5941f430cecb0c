"""One file per kind of source, or a package where one file would be too long."""
