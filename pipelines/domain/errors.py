"""Define the tree of errors. Whether a retry helps is a property of the error, decided where it is raised.

    FootageError            code (English, stable) · text (Chinese, for people) · detail (English, for logs)
    ├── Permanent           the same input gives the same failure: never retried
    │   ├── WrongUse        the command or request can't be understood (exit status 2)
    │   │   └── EditedMeanwhile  an edit whose maker has not seen the newest one
    │   ├── CampaignInvalid a campaign file breaks its own rules; names file and key (exit status 2)
    │   ├── UnknownJob      there is no such job (exit status 2)
    │   ├── NotAllowed      no access key, or one without this right
    │   ├── NoSandbox       this kernel can't confine a decoder, and the settings require a sandbox
    │   ├── OutOfTime       a child used up the CPU time it was given
    │   ├── OutOfMemory     a child needed more memory than it was given
    │   ├── Internal        our own code failed: held for an operator, never reported as damage of the file
    │   ├── ToolFailed      ffmpeg or a child process failed on this input
    │   ├── Quarantined     the file has killed its worker twice: it is held for an operator
    │   └── GateFailed      an output is not what the plan promised; carries the findings
    └── Transient           the same call may go through later
        ├── TooOften        more requests than this key or address may make
        ├── Busy            another worker holds the lease on this job or recipe
        ├── Full            this machine has promised its memory, its cores or its disk to other jobs
        ├── NoSpace         too little disk to begin, or it ran out on the way
        ├── Killed          a child was killed from outside: by the kernel for lack of memory, or by hand
        ├── Crashed         a library in a child crashed: the file is held when that happens again
        ├── Stalled         a child made no progress within its stall limit or ran past its deadline
        └── Outage          the store, the ledger or the queue can't be reached

An undersized photo is not here: outcomes are values (:class:`pipelines.domain.model.Finding`), failures are exceptions.
"""

from __future__ import annotations

from pipelines.domain.model import Finding


class FootageError(Exception):
    """The root of the tree. `text` tells a field unit what to do; `detail` tells an operator what happened."""

    code = "error"
    text = "处理失败，请联系管理员。"

    def __init__(self, detail: str, *, code: str | None = None, text: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.text = text or self.text


class Permanent(FootageError):
    """An error that a retry would repeat."""


class Transient(FootageError):
    """An error that a retry may get past.

    `waits`: seconds before that retry where nothing had been done yet, so that the run does not count as an attempt.
    """

    waits: float | None = None


class WrongUse(Permanent):
    code = "wrong-use"
    text = "命令或请求有误。"


class EditedMeanwhile(WrongUse):
    code = "edited-meanwhile"
    text = "这段影片刚刚被别人改过，您的改动没有保存；请看过新的片段再改。"


class CampaignInvalid(Permanent):
    code = "campaign-invalid"
    text = "活动配置文件有误。"


class UnknownJob(Permanent):
    code = "unknown-job"
    text = "没有这个任务编号。"


class NotAllowed(Permanent):
    code = "not-allowed"
    text = "没有权限：请提供有效的访问密钥。"


class NoSandbox(Permanent):
    code = "no-sandbox"
    text = "本机内核不能隔离解码进程，为安全起见不启动；确知风险时可设 FOOTAGE_SANDBOX=off。"


class ToolFailed(Permanent):
    code = "tool-failed"
    text = "处理程序无法完成此文件，原件已保留，请联系管理员。"


class OutOfTime(Permanent):
    code = "out-of-time"
    text = "文件过于复杂，处理超出时间上限；原件已保留，请联系管理员。"


class OutOfMemory(Permanent):
    code = "out-of-memory"
    text = "文件过于复杂，处理所需内存超出上限；原件已保留，请联系管理员。"


class Internal(Permanent):
    """A fault of our own code. `cause`: what failed and where, without any value, because values may name people."""

    code = "internal"

    def __init__(self, detail: str, *, cause: str = "") -> None:
        where = f"（{cause}）" if cause else ""
        text = f"程序内部错误{where}，与文件无关；原件已保留，请管理员查看日志，修复后放行（footage release）。"
        super().__init__(detail, text=text)


class Quarantined(Permanent):
    code = "quarantined"
    text = "这个文件两次使处理程序中断，已暂停处理；请管理员查看后放行（footage release）或取消（footage cancel）。"


class GateFailed(Permanent):
    """An output that fell short of its Expectation; nothing was published."""

    code = "gate-failed"
    text = "成品检验未通过，没有发布；原件已保留。"

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(f"{f.code}: expected {f.expected}, got {f.actual}" for f in findings))
        self.findings = findings


class TooOften(Transient):
    code = "too-often"
    text = "请求过于频繁，请稍等一分钟再试。"


class Busy(Transient):
    code = "busy"
    text = "同一素材正在处理中。"
    waits = 3.0


class Full(Busy):
    code = "machine-full"
    text = "本机正在处理其他任务，排队等候。"
    waits = 5.0


class Killed(Transient):
    code = "killed"
    text = "处理程序被系统中止（可能内存不足）；原件已保留。"


class Crashed(Transient):
    code = "crashed"
    text = "解码程序意外中断；原件已保留，将自动重试。"


class NoSpace(Transient):
    code = "no-space"
    text = "磁盘空间不足，暂时无法处理；原件未动，请管理员清理磁盘，之后自动继续。"
    waits = 30.0


class Stalled(Transient):
    code = "stalled"
    text = "处理长时间没有进展，已停止；原件已保留。"


class Outage(Transient):
    code = "outage"
    text = "存储、数据库或队列暂时不可用，请稍后重试。"
