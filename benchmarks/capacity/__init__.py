"""Simulates queue, autoscaler and workers: how long photos wait and what they cost.

    python -m benchmarks.capacity                 table and plots for docs/capacity.md
    python -m benchmarks.capacity --cpu-seconds 3.2 --gpu-seconds 1.1

Needs the packages of requirements/infra.txt (simpy, matplotlib), not the service's.
"""
