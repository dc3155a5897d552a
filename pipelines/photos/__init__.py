"""A photo's plan carried out."""
