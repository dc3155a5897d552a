"""Analysis becomes choices: which stretches, which moments, and why. Pure."""
