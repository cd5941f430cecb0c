"""What a Linux host says about itself in one command, and a pure parser for each section of it."""
