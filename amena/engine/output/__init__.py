"""Frames to files: videos, loops, stereo pairs, depth pictures."""
