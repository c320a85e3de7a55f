"""Disparity and colours to soft layers: cuts, depth peeling, mattes, the margin around them."""
