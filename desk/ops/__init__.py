"""Answer operators and monitoring: health and metrics."""
