"""What mypy has to refuse. Nothing here is run: an ignore that is not needed any more fails `make check`."""
