"""The pages. Each reads through a selector, acts through a service, and renders."""
