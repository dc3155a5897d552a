"""Receive films and photos: the page, and the tus protocol, which goes on after a broken line."""
