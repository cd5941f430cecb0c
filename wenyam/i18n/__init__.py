"""Thai and English catalogues, Buddhist-era dates, fiscal periods, and the cleaning of hostile text."""
