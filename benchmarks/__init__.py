"""Benchmarks: one file is one benchmark, found by folder; `make bench` runs them."""
