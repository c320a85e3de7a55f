"""Emails that tell people who have asked for them when what they have ordered is done."""
