"""One file per verb, loaded only when called."""
