"""Tools for captions: find their font and draw caption cards."""
