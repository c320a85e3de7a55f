"""People: users, sign-in and quotas."""
