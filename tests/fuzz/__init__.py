"""Photos as an attacker would make them, and what the service does with each."""
