"""What each screen shows, as plain rows of cells: pure, without a clock, a socket or Textual."""
