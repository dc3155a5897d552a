"""What an editor decided carried out: other cuts, films for channels, captions, before and after side by side."""
