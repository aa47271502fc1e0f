"""A generated survey upload whose faults are known, and other ways to check it."""
