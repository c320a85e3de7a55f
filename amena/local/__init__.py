"""The whole service on one machine: PostgreSQL, an SQS and S3 server, and what runs around them.

`python -m amena.local` runs it (`make run`); the tests borrow the same servers.
"""
