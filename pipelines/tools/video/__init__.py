"""Tools for films: probe them, analyse them while they are decoded, and cut clips, reels and stills."""
