"""Which containers are opened at all: none that names another file to open.

ffmpeg without this list followed a playlist named .mp4 to a sibling file and to other hosts (FACTS).
"""

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,mxf,ogg,amr,aac,mp3,wav,flac"
