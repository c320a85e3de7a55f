"""Amena turns one still photo into a 3D photo."""

__version__ = "0.1.0"
