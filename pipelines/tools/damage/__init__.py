"""Detectors of damage that a decoder conceals or does not report."""
