"""Measurements that anyone can repeat: `python -m benchmarks`, or one of its modules."""
