"""Hand out published files and originals."""
