"""A file becomes facts: what it is, what it holds, how loud it is, what it says of people and places."""
