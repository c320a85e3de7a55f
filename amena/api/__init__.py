"""The API: everything the site does, for programs. docs/api.md describes it."""
