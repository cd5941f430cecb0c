"""The terminal dashboard: screens over one picture of everything, gathered beside them; the only room that imports Textual."""
