"""Colour for what nearer layers hide, by the network that ships with the package."""
