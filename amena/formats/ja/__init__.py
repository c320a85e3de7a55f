"""How dates and times are written in Japanese."""
