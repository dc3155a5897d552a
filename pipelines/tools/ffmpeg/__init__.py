"""The ffmpeg binary: its command lines, how it is run, and parsers of what it reports."""
