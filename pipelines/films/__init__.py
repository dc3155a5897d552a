"""A film's plan carried out: the one ffmpeg process, who listens to it; pictures, clips and the reel of its master."""
