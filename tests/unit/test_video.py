from __future__ import annotations

from fractions import Fraction

import pytest

from pipelines.tools.ffmpeg import graphs as tool
from pipelines.tools.ffmpeg.containers import FORMATS
from pipelines.tools.ffmpeg.graphs import Ends, arguments
from tests.unit.facts import other, sound, video_plan


@pytest.fixture(autouse=True)
def _no_binary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "executable", lambda: "/bin/ffmpeg")


ENDS = Ends(loudness=4, progress=5, hashes=6, shots=7, speech=8)

BOTH = (
    "[f=mp4:movflags=+faststart:fflags=+bitexact]master.mp4"
    r"|[f=streamhash:hash=murmur3:bsfs/v=h264_mp4toannexb\,filter_units=remove_types=6-9]pipe\:"
)


def graph(argv: list[str]) -> list[str]:
    return argv[argv.index("-filter_complex") + 1].split(";")


def test_a_plain_landscape_clip_is_one_command() -> None:
    plan = video_plan()

    argv = arguments(plan, 3, ENDS)

    filters = [
        "[0:0]split=3[s0][s1][s2]",
        "[s0]format=pix_fmts=yuv420p[s3]",
        "[s3]setsar=sar=1[s4]",
        "[s4]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=limited[s5]",
        "[s5]fps=fps=30:start_time=0[s6]",
        "[s6]tpad=stop=2:stop_mode=clone[s7]",
        "[s7]trim=end_frame=300[s8]",
        "[0:1]aresample=async=1:first_pts=0:out_sample_rate=48000[s9]",
        "[s9]aformat=channel_layouts=stereo:sample_fmts=fltp[s10]",
        "[s10]apad=whole_len=480000[s11]",
        "[s11]atrim=end_sample=480000[s12]",
        "[s12]asplit=3[s13][s14][s15]",
        "[s1]fps=fps=5:round=up:start_time=0[s16]",
        "[s16]scale=flags=area:h=180:in_color_matrix=bt709:in_range=limited:w=320[s17]",
        "[s17]format=pix_fmts=bgr24[s18]",
        "[s2]fps=fps=30:round=up:start_time=0[s19]",
        "[s19]scale=flags=fast_bilinear:h=36:in_color_matrix=bt709:in_range=limited:w=64[s20]",
        "[s20]format=pix_fmts=bgr24[s21]",
        "[s14]ebur128=metadata=1[s22]",
        r"[s22]ametadata=file=pipe\\:4:key=lavfi.r128.M:mode=print[s23]",
    ]
    assert argv == [
        *("/bin/ffmpeg", "-hide_banner", "-nostdin", "-y", "-loglevel", "verbose", "-nostats", "-stats_period", "0.5"),
        *("-max_alloc", "1073741824", "-copyts", "-start_at_zero", "-progress", "pipe:5"),
        *(
            "-apply_cropping",
            "codec",
            "-fd",
            "3",
            "-format_whitelist",
            FORMATS,
            "-max_pixels",
            "40000000",
            "-protocol_whitelist",
            "fd",
            "-i",
            "fd:",
        ),
        *("-filter_complex", ";".join(filters)),
        *("-map", "[s8]", "-map", "[s13]", "-f", "tee"),
        *(
            "-aq-strength",
            "0.5",
            "-b:a",
            "160000",
            "-bufsize",
            "40000000",
            "-c:a",
            "aac",
            "-c:v",
            "libx264",
            "-crf",
            "22",
        ),
        *("-flags:a", "+bitexact+global_header", "-flags:v", "+bitexact+global_header"),
        *("-force_key_frames", "expr:gte(t,n_forced*4)", "-map_chapters", "-1", "-map_metadata", "-1"),
        *("-maxrate", "20000000", "-pix_fmt", "yuv420p", "-preset", "medium", "-profile:v", "high"),
        *("-psy-rd", "0.0:0"),
        BOTH + "6",
        *(
            "-map",
            "[s18]",
            "-f",
            "rawvideo",
            "pipe:1",
            "-map",
            "[s21]",
            "-f",
            "rawvideo",
            "-flush_packets",
            "0",
            "pipe:7",
        ),
        *("-map", "[s23]", "-f", "null", "pipe:2"),
        *("-map", "[s15]", "-f", "s16le", "-ac", "1", "-ar", "16000", "-flush_packets", "0", "pipe:8"),
    ]


def test_a_silent_portrait_clip_is_one_command_under_another_countys_rules() -> None:
    plan = video_plan(other(), index=2, width=1080, height=1920, rotation=90, audio=None)

    argv = arguments(plan, 7, Ends(loudness=8, progress=9, hashes=10, shots=11, speech=12))

    filters = [
        "[0:2]fps=eof_action=pass:fps=25:start_time=0[s0]",
        "[s0]split=3[s1][s2][s3]",
        "[s1]scale=flags=bicubic:h=720:in_color_matrix=bt709:in_range=limited"
        ":out_color_matrix=bt709:out_range=limited:w=404[s4]",
        "[s4]format=pix_fmts=yuv420p[s5]",
        "[s5]setsar=sar=1[s6]",
        "[s6]setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=limited[s7]",
        "[s7]pad=color=black:h=720:w=1280:x=438:y=0[s8]",
        "[s8]tpad=stop=-1:stop_mode=clone[s9]",
        "[s9]trim=end_frame=250[s10]",
        "[1:0]atrim=end_sample=441000[s11]",
        "[s11]asplit=3[s12][s13][s14]",
        "[s2]fps=fps=5:round=up:start_time=0[s15]",
        "[s15]scale=flags=area:h=180:in_color_matrix=bt709:in_range=limited:w=102[s16]",
        "[s16]format=pix_fmts=bgr24[s17]",
        "[s3]fps=fps=25:round=up:start_time=0[s18]",
        "[s18]scale=flags=fast_bilinear:h=36:in_color_matrix=bt709:in_range=limited:w=64[s19]",
        "[s19]format=pix_fmts=bgr24[s20]",
        "[s13]ebur128=metadata=1[s21]",
        r"[s21]ametadata=file=pipe\\:8:key=lavfi.r128.M:mode=print[s22]",
    ]
    assert argv == [
        *("/bin/ffmpeg", "-hide_banner", "-nostdin", "-y", "-loglevel", "verbose", "-nostats", "-stats_period", "0.5"),
        *("-max_alloc", "1073741824", "-copyts", "-start_at_zero", "-progress", "pipe:9"),
        *("-apply_cropping", "codec", "-fd", "7"),
        *("-format_whitelist", FORMATS, "-max_pixels", "9000000", "-protocol_whitelist", "fd", "-i", "fd:"),
        *("-f", "lavfi", "-i", "anullsrc=r=44100:cl=mono"),
        *("-filter_complex", ";".join(filters)),
        *("-map", "[s10]", "-map", "[s12]", "-f", "tee"),
        *(
            "-aq-strength",
            "1.0",
            "-b:a",
            "96000",
            "-bufsize",
            "12000000",
            "-c:a",
            "aac",
            "-c:v",
            "libx264",
            "-crf",
            "24",
        ),
        *("-flags:a", "+bitexact+global_header", "-flags:v", "+bitexact+global_header"),
        *("-force_key_frames", "expr:gte(t,n_forced*1)", "-map_chapters", "-1", "-map_metadata", "-1"),
        *("-maxrate", "6000000", "-pix_fmt", "yuv420p", "-preset", "faster", "-profile:v", "main"),
        *("-psy-rd", "1.0:0"),
        BOTH + "10",
        *(
            "-map",
            "[s17]",
            "-f",
            "rawvideo",
            "pipe:1",
            "-map",
            "[s20]",
            "-f",
            "rawvideo",
            "-flush_packets",
            "0",
            "pipe:11",
        ),
        *("-map", "[s22]", "-f", "null", "pipe:2"),
        *("-map", "[s14]", "-f", "s16le", "-ac", "1", "-ar", "16000", "-flush_packets", "0", "pipe:12"),
    ]


def test_hdr_and_interlacing_are_mended_once_before_the_picture_is_split() -> None:
    plan = video_plan(transfer="smpte2084", primaries="bt2020", matrix="bt2020nc", fields="tff")

    steps = graph(arguments(plan, 3, ENDS))

    assert steps[:8] == [
        "[0:0]bwdif=deint=all:mode=send_frame:parity=tff[s0]",
        "[s0]zscale=height=1080:matrixin=bt2020nc:npl=203:primariesin=bt2020:transfer=linear"
        ":transferin=smpte2084:width=1920[s1]",
        "[s1]format=pix_fmts=gbrpf32le[s2]",
        "[s2]zscale=primaries=bt709[s3]",
        "[s3]tonemap=desat=0:tonemap=mobius[s4]",
        "[s4]zscale=matrix=bt709:range=limited:transfer=bt709[s5]",
        "[s5]format=pix_fmts=yuv420p[s6]",
        "[s6]split=3[s7][s8][s9]",
    ]


def test_a_fractional_rate_and_a_held_picture_reach_the_command_exactly() -> None:
    plan = video_plan(frame_rate=Fraction(30000, 1001), end=Fraction(8), audio=sound(end=Fraction(10)))

    steps = graph(arguments(plan, 3, ENDS))

    assert "[s5]fps=fps=30000/1001:start_time=0[s6]" in steps
    assert "[s6]tpad=stop=62:stop_mode=clone[s7]" in steps
    assert "[s7]trim=end_frame=300[s8]" in steps
    assert "[s11]atrim=end_sample=480480[s12]" in steps


def test_the_same_plan_is_always_the_same_command() -> None:
    assert arguments(video_plan(), 3, ENDS) == arguments(video_plan(), 3, ENDS)


@pytest.mark.parametrize("audio", [None, sound()])
def test_the_original_is_opened_once_as_a_descriptor_and_never_by_name(audio: object) -> None:
    argv = arguments(video_plan(audio=audio), 3, ENDS)

    inputs = [argv[at + 1] for at, word in enumerate(argv) if word == "-i"]
    assert inputs.count("fd:") == 1
    assert inputs[1:] == ([] if audio else ["anullsrc=r=48000:cl=stereo"])


def test_what_is_copied_is_mapped_as_it_is_and_decoded_for_analysis_alone() -> None:
    argv = arguments(video_plan(key_interval=Fraction(1)), 3, ENDS)

    assert graph(argv) == [
        "[0:0]split=2[s0][s1]",
        "[s0]fps=fps=5:round=up:start_time=0[s2]",
        "[s2]scale=flags=area:h=180:in_color_matrix=bt709:in_range=limited:w=320[s3]",
        "[s3]format=pix_fmts=bgr24[s4]",
        "[s1]fps=fps=30:round=up:start_time=0[s5]",
        "[s5]scale=flags=fast_bilinear:h=36:in_color_matrix=bt709:in_range=limited:w=64[s6]",
        "[s6]format=pix_fmts=bgr24[s7]",
        "[0:1]ebur128=metadata=1[s8]",
        r"[s8]ametadata=file=pipe\\:4:key=lavfi.r128.M:mode=print[s9]",
    ]
    assert argv[argv.index("-skip_loop_filter") :][:4] == ["-skip_loop_filter", "all", "-threads", "1"]
    assert argv[argv.index("-map") : argv.index(BOTH + "6")] == [
        *("-map", "0:0", "-map", "0:1", "-f", "tee", "-bsf:v", "filter_units=remove_types=6"),
        *("-c:a", "copy", "-c:v", "copy", "-map_chapters", "-1", "-map_metadata", "-1"),
    ]


def test_a_portrait_clip_is_laid_over_a_blurred_copy_of_its_own_framed_picture() -> None:
    steps = graph(arguments(video_plan(width=1080, height=1920), 3, ENDS))

    assert "[s6]split=2[s7][s8]" in steps
    assert "[s14][s7]overlay=x=(W-w)/2:y=(H-h)/2[s15]" in steps
    assert "[s15]fps=fps=30:start_time=0[s16]" in steps
