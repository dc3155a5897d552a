"""List the containers that may be opened: none that can name another file to open.

Without this list ffmpeg followed a playlist named .mp4 to a sibling file and to other hosts (FACTS). `dhav`, `h264` and
`hevc` (a stream without a container, ISO/IEC 14496-10, annex B) come from surveillance recorders.
"""

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,mxf,ogg,amr,aac,mp3,wav,flac,dhav,h264,hevc"
"""The names of libavformat's demuxers, as its option `format_whitelist` takes them."""
