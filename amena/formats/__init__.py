"""Forms of dates and times that Django has otherwise."""
