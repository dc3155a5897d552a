"""Readers and writers of the structure of media files, byte by byte, without decoding: boxes, NAL units, JPEG, ICC."""
