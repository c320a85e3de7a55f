"""Japanese forms."""
