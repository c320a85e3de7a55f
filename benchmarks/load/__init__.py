"""How the service bears many people at once: `python -m benchmarks.load`.

It starts PostgreSQL, SQS, gunicorn, a worker and the sweeper on loopback. The worker's engine takes
no time, so that web and database are what is measured. Locust plays the people; it lives in an
environment of its own, which is made on the first run.
"""
