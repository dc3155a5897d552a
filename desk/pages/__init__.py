"""Serve the pages that people read and work on."""
