"""Cameras, their motions, and the grid on which layers are drawn."""
