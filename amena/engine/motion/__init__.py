"""How far the camera may go, and where it goes."""
