"""Procedural scenes with known depth, for what measured data lacks: table-tops and streets."""
