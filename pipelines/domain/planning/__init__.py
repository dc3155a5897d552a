"""Facts and rules become plans, which are only data: of films and photos, of what an editor asks for instead. Pure."""
