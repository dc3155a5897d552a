"""Admit people and programs: accounts, access keys, sessions, and who may do what."""
