"""Jobs being run, each to an end or back into the line; and all that is decided of one afterwards."""
