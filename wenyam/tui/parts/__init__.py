"""What screens need beyond the states: one file for each part, gathered through `operations` and handed back as a change."""
