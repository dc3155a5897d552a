"""Pure functions that turn facts and rules into plans (plain data) for films, photos and edit requests."""
