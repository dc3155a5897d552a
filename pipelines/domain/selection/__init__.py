"""Pure functions that turn a film's analysis into choices: clips, stills, the poster and the reel, with reasons."""
