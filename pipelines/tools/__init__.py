"""The tools that read and write media: films, photos, captions and their formats; they run inside the sandbox."""
