"""A photo's file: what it is, its pixels upright in sRGB, and the depth that a phone stored."""
