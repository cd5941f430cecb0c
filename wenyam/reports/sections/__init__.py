"""One file per chapter: `ORDER` places it, `build(inquiry, words)` writes it. A new chapter is a new file here, nothing else."""
