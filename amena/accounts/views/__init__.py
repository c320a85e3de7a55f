"""The pages on which people sign in, and on which they look after their account."""
