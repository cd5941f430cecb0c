"""Reports as text, CSV and JSON in Thai and English."""
