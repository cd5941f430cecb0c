"""What screens are made of; every text in them is literal, never markup."""
