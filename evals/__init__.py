"""Benchmarks, controls, statistics and reports."""
