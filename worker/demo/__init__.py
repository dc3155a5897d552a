"""Draw and encode the footage of `footage demo`, of the pictures in the READMEs and of the self-test."""
