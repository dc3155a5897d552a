"""Tools for photos: probe, convert and measure them, and align two pictures of one place."""
