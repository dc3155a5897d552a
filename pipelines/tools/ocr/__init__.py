"""Read the words in a picture: banners, signs, notices. ADR 0025."""
