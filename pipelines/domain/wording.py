"""Word findings for people, in Chinese.

Codes stay English and stable; every code has one sentence here.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from unicodedata import category

from pipelines.domain.model import Finding

_SHORT = 8  # characters

TEXTS = {
    # the file is refused
    "empty": "文件是空的（0 字节），请从拍摄设备重新复制，确认能打开后再上传。",
    "not-media": "无法识别为视频或照片；手机和相机请上传拍摄的原始文件，监控录像请用厂家的软件导出为 MP4 后上传。",
    "unreadable": (
        "文件已损坏，无法读取（{actual}）；"
        "请先在拍摄设备上播放：能播放的重新复制并上传，不能播放的，原文件已坏，请改传其他影像。"
    ),
    "truncated": (
        "文件不完整：{actual}；请先在拍摄设备上播放：能放完的重新复制并上传，放不完的，原文件不完整，请改传其他影像。"
    ),
    "no-media-data": (
        "文件里没有画面和声音的数据（可能没有复制完）；"
        "请先在拍摄设备上播放：能播放的重新复制并上传，不能播放的，请改传其他影像。"
    ),
    "locked": "文件已加密（{actual}），无法读取；请上传没有加密的原始文件，监控录像请在导出时不设密码、关闭加密。",
    "archive": "这是压缩包或办公文档（{actual}），不是视频或照片；请解压，或从文档中取出视频和照片，逐个上传。",
    "damaged": (
        "文件中有 {actual} 处画面或声音数据损坏{expected}；"
        "请从拍摄设备重新复制（监控录像重新导出）后上传，仍提示损坏的，请改传其他影像或联系管理员。"
    ),
    "gap": (
        "文件播放到 {actual} 之后，有 {expected}没有内容（时间记录有误）；"
        "请重新导出并上传，仍有空缺的，请把前后两段分开导出上传。"
    ),
    "clock-back": (
        "文件的时间在播放到 {actual} 处倒退（像是几段录像拼在一起），"
        "请分别上传拼接前的各段；没有拼接过的，请从此处分成前后两段重新导出后上传。"
    ),
    "changes-midway": (
        "文件中途改变了画面尺寸或声音格式（像是几段录像拼在一起），"
        "请分别上传拼接前的各段；没有拼接过的，请用剪辑软件重新导出为一个 MP4 后上传。"
    ),
    "dolby-vision": (
        "原片是杜比视界专用格式，颜色无法正确还原；请在拍摄的手机上用剪辑软件另存为普通视频（SDR）后上传，"
        "今后拍摄请在相机设置中关闭杜比视界（HDR 视频）。"
    ),
    "no-video": "文件里没有画面（{actual}），请上传视频或照片。",
    "too-long": "视频长 {actual}，超过上限 {expected}，请分段上传。",
    "too-large": (
        "画面 {actual}像素，超过上限 {expected}像素；"
        "请用看图或剪辑软件缩小后上传（长、宽各缩小一半，像素就只有四分之一）。"
    ),
    "too-small": (
        "画面只有 {actual} 像素（短边至少 {expected}），看不清内容，请上传原始文件，不要上传缩略图（小预览图）。"
    ),
    "too-narrow": (
        "画面 {actual} 过于狭长，放大到合规尺寸后长边会超过 {expected} 像素；请上传正常比例的照片，长图请分成几张。"
    ),
    "too-heavy": "照片文件有 {actual}，超过上限 {expected}；请用看图软件缩小尺寸，或另存为 JPG 后上传。",
    "too-complex": (
        "文件过于复杂，系统处理不了（与您的手机、电脑无关）；请用剪辑软件把视频重新导出为 MP4（H.264），"
        "照片用看图软件另存为 JPG 后上传（原来就是这种格式的，也请重新导出）。"
    ),
    "no-decoder": "系统不支持这种画面编码；请用拍摄设备或厂家的软件导出为 MP4（编码选 H.264）后上传。",
    "too-slow": "照片过于复杂，系统解码超过 {actual}（与网速无关）；请用看图软件另存为 JPG 后上传。",
    # the file is taken, and this is worth knowing
    "out-of-focus": "照片没有对焦清楚，如有条件请重拍或换一张。",
    "underexposed": "照片太暗（平均亮度 {actual}），如有条件请补光重拍。",
    "overexposed": "照片过曝（{actual} 的画面没有层次），如有条件请减少曝光重拍。",
    "blank": "照片是一片纯色，看不出内容，请检查镜头后重拍。",
    "screenshot": "看起来是截图而不是现场照片（{actual} 的画面是纯色），佐证材料请上传原始照片。",
    "of-a-screen": "画面有规则网纹，可能是翻拍屏幕；佐证材料请上传原始照片。",
    "colour-unknown": "照片是印刷用的 {actual} 格式，又没有附颜色配置，颜色只能近似；请上传相机直接拍摄的照片。",
    "near-duplicate": "与任务 {actual} 的照片几乎相同；{expected}。",
    "sent-before": "与任务 {actual} 的文件完全相同，是同一文件再次上传。",
    "clocks": "时间对照：{actual}。",
    "clocks-differ": "时间对照不一致：{actual}；请核对相机时钟，必要时附书面说明。",
    "enlarged": "原始画面只有 {actual}，已放大到 {expected}；清晰度以原始画面为准。",
    "ends-early": "照片文件末尾缺少 {actual} 字节，主画面完整，已照常处理；如有条件请重新上传原件。",
    "no-audio": "原片没有声音，已配静音音轨。",
    "silent": "原片的声音几乎是静音，听不到内容；请检查麦克风是否接好、是否关闭了录音。",
    "mostly-silent": "有人出镜，但全片约 {actual} 的时间没有声音；请检查话筒是否接好、是否中途断开。",
    "too-quiet": "原片声音太小，需提高 {actual} 分贝，只提高了上限 {expected} 分贝；录音时请靠近声源或调高话筒音量。",
    "one-sided": "声音只录在{actual}声道，已复制到左右两个声道。",
    "opposite-phase": "左右声道相位相反（用手机外放会听不见），已纠正。",
    "clipped": "声音有 {actual}过载失真，无法修复；录音时请调低话筒音量。",
    "hum": "声音里有持续的嗡声（约占 {actual}，可能是电流声或机器声），如是电流声请检查话筒线和电源。",
    "rumble": "声音以风声或低频轰鸣为主（约占 {actual}），请给话筒加防风罩或打开低切。",
    "sound-unreadable": "原片的声音无法读取，已配静音音轨；请核对原件，必要时从拍摄设备重新导出。",
    "sound-lost": "声音有 {expected}缺失{actual}，成品以静音补足；请核对原件，必要时从拍摄设备重新复制。",
    "unfinished": "录像没有正常结束的标记，末尾可能缺少内容；请核对原件，必要时从拍摄设备重新复制。",
    "header-differs": "文件头写的时长是 {expected}，实际内容有 {actual}，已按实际内容处理，没有删减。",
    "rate-assumed": "原片没有写明帧率，按每秒 {expected} 帧处理；如快慢不对，请用厂家的软件导出为 MP4 后上传。",
    "few-frames": "原片每秒只有 {actual} 帧，成品按 {expected} 帧/秒重复画面，不补造；动作不连贯是原片所致。",
    "starts-midway": "原片从一组画面的中间开始，开头 {actual}没有完整画面，以第一幅完整画面代替。",
    "spherical": "原片是全景视频，成品按平面画面显示。",
    "stereo-3d": "原片是立体（3D）视频，成品把左右两眼的画面照原样显示。",
    "more-pictures": "原片有 {actual} 路画面（如前后镜头），成品只取主画面；其余保留在原件中，需要时请单独导出上传。",
    "angles-made": "原片有 {actual} 路画面（如前后镜头），其余各路另做成 angle-2.mp4 等成品。",
    "angle-left-out": "第 {actual} 路画面没有做成成品（{expected}）。",
    "not-carried": "原片的{actual}没有带入成品，保留在原件中。",
    "variable-frame-rate": "原片帧率不固定，已转为固定 {expected} 帧/秒。",
    "hdr": "原片为 HDR（{actual}），已转换为普通动态范围。",
    "more-sounds": "原片有 {actual} 条音轨，只取主音轨；其余保留在原件中。",
    "interlaced": "原片为隔行扫描，已转换为逐行。",
    "animation": "动图有 {actual} 帧，只取第一帧。",
    "reduced": "照片边长 {actual} 超过上限，已缩小到 {expected}。",
    "private-data-removed": "已从发布的文件中去除拍摄地点、设备等信息：{actual}。",
    "name-differs": "文件名是“.{expected}”，内容其实是{actual}，已按{actual}处理。",
    "no-clips": "素材长 {actual}，短于一段精彩片段（{expected}），未生成片段。",
    "nothing-to-see": "没有可用的精彩片段（{actual}）；请检查镜头和光线，或人工选段。",
    "short-for-clips": "片长只够 {actual} 段精彩片段（计划 {expected} 段）。",
    "fewer-clips": "可选的画面不足，生成了 {actual} 段精彩片段（计划 {expected} 段）。",
    "unknown-unit": "单位“{actual}”不在活动名单中{expected}，请核对。",
    "unknown-activity": "活动“{actual}”不在活动名单中，请核对。",
    "outside-window": "拍摄日期 {actual} 不在活动时间 {expected} 内。",
    "caption-cut": "渠道“{actual}”的字幕过长，缩到最小仍放不下，末尾已省略；请缩短单位或地点的写法。",
    "edition-pending": "编辑的决定正在套用到新成品；若久未完成，请用 footage edit 重做。",
    "edition-dropped": "编辑的决定未能套用（{actual}）；决定仍保留，可用 footage edit 重做或 --reset 撤销。",
    "not-aligned": "整改前后的两张照片看不出同一处景物，按原样并排，未作对齐。",
    "channel-gone": "活动配置中已没有渠道“{actual}”，未制作；编辑的决定仍保留。",
    "too-short-to-level": "渠道“{actual}”的片子不足 3 秒，响度无法测准，未作调整。",
    "pair-dropped": "整改前后对照未能生成（{actual}），单个成品不受影响；可用 footage pair 再试。",
    # an output is not what was promised: {output} is its name
    "missing": "成品 {output} 没有生成。",
    "output-unreadable": "成品 {output} 无法读取（{actual}）。",
    "file-size": "成品 {output} 有 {actual} 字节，超过渠道上限 {expected} 字节。",
    "kind": "成品 {output} 应是文本，实为 {actual}。",
    "cues": "成品 {output} 应有 {expected} 条字幕时间点，实有 {actual} 条。",
    "size": "成品 {output} 的画面应为 {expected}，实为 {actual}。",
    "codec": "成品 {output} 的编码应为 {expected}，实为 {actual}。",
    "profile": "成品 {output} 的编码档次应为 {expected}，实为 {actual}。",
    "level": "成品 {output} 的编码级别超过上限。",
    "pixel-format": "成品 {output} 的像素格式应为 {expected}，实为 {actual}。",
    "square-pixels": "成品 {output} 的像素不是方形。",
    "orientation": "成品 {output} 的照片方向应为 {expected}，实为 {actual}。",
    "rotation": "成品 {output} 带有 {actual} 度旋转标记，应已转正。",
    "mirrored": "成品 {output} 的画面左右颠倒。",
    "private-data": "成品 {output} 仍含有拍摄地点、设备等信息：{actual}。",
    "colour": "成品 {output} 的颜色标记应为 {expected}，实为 {actual}。",
    "frame-rate": "成品 {output} 的帧率应为 {expected}，实为 {actual}。",
    "constant-frame-rate": "成品 {output} 的帧率不固定。",
    "frames": "成品 {output} 应有 {expected} 帧，实有 {actual} 帧。",
    "duration": "成品 {output} 应长 {expected}，实长 {actual}。",
    "faststart": "成品 {output} 的索引不在文件开头，网页上不能立即播放。",
    "sound-start": "成品 {output} 的声音应从 {expected} 开始，实从 {actual} 开始。",
    "sound-length": "成品 {output} 的声音应到 {expected} 结束，实到 {actual} 结束。",
    "audio-codec": "成品 {output} 的声音编码应为 {expected}，实为 {actual}。",
    "sample-rate": "成品 {output} 的采样率应为 {expected} Hz，实为 {actual} Hz。",
    "channels": "成品 {output} 应有 {expected} 个声道，实有 {actual} 个。",
    "loudness": "成品 {output} 的响度应为 {expected}，实为 {actual}。",
    "true-peak": "成品 {output} 的真峰值应不高于 {expected}，实为 {actual}。",
    "stream-hash": "成品 {output} 的数据（{actual}）与编码器交出的（{expected}）不符。",
    "decode": "成品 {output} 应能解出 {expected} 帧，实为 {actual}。",
    "shortened": "成品 {output} 长 {actual}，比原片短（原片解出 {expected}），没有发布；原件已保留，请联系管理员。",
    "frames-lost": "原片解出 {expected} 帧，成品 {output} 只计入 {actual} 帧，没有发布；原件已保留，请联系管理员。",
}

STATES = {
    "received": "待上传",
    "queued": "排队中",
    "running": "处理中",
    "published": "已发布",
    "rejected": "不合格",
    "failed": "失败",
    "held": "暂停",
    "cancelled": "已取消",
}


# The states of a batch, and of its jobs.
BATCHES = {
    "running": "进行中",
    "paused": "已暂停",
    "waiting": "等待",
    "queued": "已排入",
    "done": "已完成",
    "failed": "没有做成",
    "left": "没有排入",
    "cancelled": "已取消",
    "rolled-back": "已退回",
    "pruned": "旧成品已清理",
}


LANES = {"urgent": "加急", "photo": "照片", "video": "视频", "bulk": "批量"}

# The outputs of a publication, by role.
OUTPUTS = {
    "master": "成片",
    "poster": "封面",
    "still": "剧照",
    "thumbnail": "缩略图",
    "storyboard": "故事板",
    "clip": "精彩片段",
    "reel": "集锦",
    "photo": "照片",
    "rendition": "渠道版本",
    "pair": "整改对照",
    "wipe": "对照短片",
    "angle": "其他镜头",
}

# What the publicity team decides of an item.
REVIEWS = {"open": "待选", "chosen": "选用", "refused": "不用"}

# The events of a custody chain.
EVENTS = {
    "received": "收到原件",
    "published": "发布",
    "rejected": "不合格，退回",
    "failed": "处理失败",
    "held": "暂停，等管理员检查",
    "cancelled": "取消",
    "queued-again": "重新排队",
    "renewed": "重新制作",
    "edited": "编辑改了片段或渠道版本",
    "edit-withdrawn": "撤销编辑的改动",
    "edition-pruned": "清理被替换的旧版本",
    "original-read": "下载原件",
    "downloaded": "下载成品",
    "link-made": "发出下载链接",
    "link-revoked": "作废下载链接",
    "reviewed": "选用状态改动",
    "rolled-back": "退回重做前的成品",
    "publication-pruned": "清理被替换的旧成品",
}


def text(finding: Finding) -> str:
    """Return the sentence of a finding. Raises KeyError for a code that has none; a test tries all codes."""
    found = {"expected": finding.expected, "actual": finding.actual, "output": finding.output}
    return TEXTS[finding.code].format(**found)


def plain(name: str) -> str:
    """Return a text safe to show: control and direction characters are replaced by U+FFFD; all spaces are kept."""
    return name if name.isprintable() else "".join(char if _is_shown(char) else "\ufffd" for char in name)


def _is_shown(char: str) -> bool:
    return char.isprintable() or category(char) == "Zs"  # U+3000 is the space of Chinese


def short(job_id: str) -> str:
    """Return the beginning of a job's id, by which people name it."""
    return job_id[:_SHORT]


def clock(seconds: float | Fraction) -> str:
    """Return a time as `HH:MM:SS`, as a player shows it."""
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def since(time: float | Fraction | None) -> str:
    """Return about when damage begins, in brackets, for a sentence; empty where it is unknown."""
    if time is None:
        return ""
    return f"（约 {clock(time)} 起）" if time >= 1 else "（从开头起）"


def seconds(time: Fraction) -> str:
    """Return seconds to a hundredth, for a sentence."""
    return f"{float(time):.2f} 秒"


def lasting(time: Fraction) -> str:
    """Return a length of time in words, so that it is not read as a position: `3 分 20 秒`; seconds rounded up."""
    whole = ceil(time)
    parts = ((whole // 3600, "小时"), (whole // 60 % 60, "分"), (whole % 60, "秒"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 秒"


def in_words(count: int) -> str:
    """Return a large number as Chinese writes it, in 万 or 亿: `4800 万`, `2.25 亿`."""
    for size, unit in ((10**8, "亿"), (10**4, "万")):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count} "


def megabytes(size: int) -> str:
    """Return bytes in MB of 1024 × 1024 bytes, as Windows shows them."""
    return f"{size / (1 << 20):.0f} MB"


def stamp(time: Fraction) -> str:
    """Return a time as `HH:MM:SS.mmm`, to the nearest millisecond."""
    milliseconds = round(time * 1000)
    return f"{clock(milliseconds // 1000)}.{milliseconds % 1000:03d}"
