"""Serve the portals: announce, upload, ask."""
