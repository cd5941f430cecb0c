"""Pure judges: parameters and samples in, a verdict out."""
