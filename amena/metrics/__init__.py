"""Numbers for Prometheus: what happened to jobs, how the queue stands, what the web was asked."""
