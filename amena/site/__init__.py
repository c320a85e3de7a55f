"""What joins several apps: the account page, one's data, housekeeping, health, all addresses."""
