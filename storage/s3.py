"""Objects on an S3 server: the only module that knows boto3.

The SHA-256 is kept in the object's own metadata, because the ETag of a multipart upload is no hash, and is checked
after every download. Every request that carries bytes says their MD5, which the server has to find as well, and the
ETag it answers is held against it: a broken upload is never a short object.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import file_digest, md5
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import uuid4

import boto3.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from storage.base import Blob, NotFound, Unavailable, validate_key
from storage.digests import sha256_of, sha256_of_stream
from storage.local import is_key, write_checked

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_LARGEST_PUT, _MOST_PARTS, _LONGEST_SECONDS = 5 << 30, 10_000, 7 * 24 * 3600  # S3's own limits
_MD5 = re.compile("[0-9a-f]{32}")
_CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # Left alone, boto3 adds CRC trailers, which several S3 servers refuse.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=5,
    read_timeout=60,
)


class S3Store:
    """The store in a bucket, below `prefix` if that isn't empty. Threads may share one.

    Where endpoint, keys or region are None, boto3 finds them in its own chain. Files above `part_bytes` go up in
    parts, one of which at a time is held in memory; S3 wants 5 MiB or more. With `if_absent` only those above
    S3's limit of 5 GiB do.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        *,
        endpoint: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        region: str | None = None,
        part_bytes: int = 16 << 20,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{validate_key(prefix)}/" if prefix else ""
        self._part_bytes = part_bytes
        with _s3_errors(f"open s3://{bucket}"):
            session = boto3.session.Session(access_key, secret_key, region_name=region)
            self._client: Any = session.client("s3", endpoint_url=endpoint, config=_CONFIG)

    def ensure_bucket(self) -> None:
        """Make the bucket where it is missing. No other method makes anything but objects."""
        region = self._client.meta.region_name
        elsewhere = region not in (None, "us-east-1", "aws-global")
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if elsewhere else {}
        with _s3_errors(f"make bucket {self._bucket}"):
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if _status(error) != 404:
                    raise
                self._client.create_bucket(Bucket=self._bucket, **place)

    def abort_uploads(self, seconds: float) -> None:
        """Let go of the parts of uploads that were begun so long ago and never completed: their writer was killed."""
        with _s3_errors(f"uploads of {self._bucket}"):
            pages = self._client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for found in page.get("Uploads", ()):
                    if (datetime.now(UTC) - found["Initiated"]).total_seconds() > seconds:
                        at = {"Bucket": self._bucket, "Key": found["Key"], "UploadId": found["UploadId"]}
                        self._client.abort_multipart_upload(**at)

    def put(self, key: str, path: Path, *, media_type: str, if_absent: bool = False, sha256: str = "") -> bool:
        if if_absent and self._head(key) is not None:
            return False
        at, ours = self._at(key), uuid4().hex
        with _s3_errors(f"put {key}"):
            about = {"ContentType": media_type, "Metadata": {"sha256": sha256 or sha256_of(path), "put": ours}}
            try:
                self._upload(at, path, about, {"IfNoneMatch": "*"} if if_absent else {})
            except ClientError as error:
                # Another writer won, or we did and boto3 asked again because the answer was lost.
                found = self._head(key) if _status(error) in (404, 409, 412) else None
                if found and found["Metadata"].get("put") == ours:
                    return True
                if found and if_absent:
                    return False
                raise
            return True

    def get(self, key: str, path: Path) -> None:
        at = self._at(key)
        with _s3_errors(f"get {key}"):
            answer = self._open(at)
            with closing(answer["Body"]) as body:
                write_checked(body, path, self._sha256(at, answer))

    def stat(self, key: str) -> Blob | None:
        found = self._head(key)
        return None if found is None else self._blob(key, found)

    def list(self, prefix: str) -> Iterator[Blob]:
        """Costs a request for each object more, as S3's listing tells neither SHA-256 nor media type."""
        validate_key(f"{prefix}x")  # a prefix is right where some key could begin with it
        asked = {"Bucket": self._bucket, "Prefix": self._prefix + prefix}
        with _s3_errors(f"list {prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(**asked)
            names = (found["Key"] for page in pages for found in page.get("Contents", ()))
            # SeaweedFS lists folder by folder, which is not the order of keys.
            keys = sorted(name.removeprefix(self._prefix) for name in names)
        return (blob for key in keys if is_key(key) and (blob := self.stat(key)))

    def delete(self, key: str) -> None:
        at = self._at(key)
        with _s3_errors(f"delete {key}"):
            self._client.delete_object(**at)

    def url(self, key: str, *, seconds: int, filename: str) -> str:
        if seconds > _LONGEST_SECONDS:
            raise ValueError(f"S3 gives out no address for more than a week, asked for {seconds} s")
        asked = {**self._at(key), "ResponseContentDisposition": _disposition(filename)}
        with _s3_errors(f"url {key}"):
            return str(self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + validate_key(key)}

    def _head(self, key: str) -> dict[str, Any] | None:
        at = self._at(key)
        with _s3_errors(f"stat {key}"):
            try:
                return dict(self._client.head_object(**at))
            except ClientError as error:
                if _status(error) == 404:
                    return None
                raise

    def _blob(self, key: str, found: dict[str, Any]) -> Blob:
        sha256 = self._sha256(self._at(key), found)
        modified = found["LastModified"].astimezone(UTC)
        return Blob(key, found["ContentLength"], sha256, found["ContentType"], modified)

    def _sha256(self, at: dict[str, str], found: dict[str, Any]) -> str:
        if known := found["Metadata"].get("sha256"):
            return str(known)
        # Not put by us but copied in with another tool: the answer costs a download.
        with _s3_errors(f"read {at['Key']}"), closing(self._open(at)["Body"]) as body:
            return sha256_of_stream(body)

    def _open(self, at: dict[str, str]) -> dict[str, Any]:
        try:
            return dict(self._client.get_object(**at))
        except ClientError as error:
            if error.response["Error"].get("Code") == "NoSuchKey":
                raise NotFound(at["Key"]) from error
            raise

    def _upload(self, at: dict[str, str], path: Path, about: dict[str, Any], condition: dict[str, str]) -> None:
        with path.open("rb") as file:
            # Of racing uploads in parts SeaweedFS 4.48 lets several meet If-None-Match, of single requests one.
            if path.stat().st_size <= (_LARGEST_PUT if condition else self._part_bytes):
                checksum = _md5(file)
                answer = self._client.put_object(**at, **about, **condition, **_promise(checksum), Body=file)
                try:
                    _compare(answer, checksum)
                except Unavailable:
                    with suppress(ClientError, BotoCoreError):  # or it would count as there already
                        self._client.delete_object(**at)
                    raise
                return
            upload = at | {"UploadId": self._client.create_multipart_upload(**at, **about)["UploadId"]}
            try:
                parts = self._upload_parts(upload, file, path.stat().st_size)
                self._client.complete_multipart_upload(**upload, **condition, MultipartUpload={"Parts": parts})
            except BaseException:
                with suppress(ClientError, BotoCoreError):  # what went wrong first is what matters
                    self._client.abort_multipart_upload(**upload)
                raise

    def _upload_parts(self, upload: dict[str, str], file: BinaryIO, size: int) -> Sequence[dict[str, Any]]:
        part_bytes = max(self._part_bytes, -(-size // _MOST_PARTS))
        parts: list[dict[str, Any]] = []
        while body := file.read(part_bytes):
            part, checksum = {"PartNumber": len(parts) + 1}, _md5(BytesIO(body))
            answer = self._client.upload_part(**upload, **part, **_promise(checksum), Body=body)
            _compare(answer, checksum)
            parts.append(part | {"ETag": answer["ETag"]})
        return parts


def _md5(file: BinaryIO) -> bytes:
    """S3's own checksum, of a file that is at its beginning, where it is again afterwards."""
    found = file_digest(file, partial(md5, usedforsecurity=False)).digest()  # type: ignore[arg-type]
    file.seek(0)
    return found


def _promise(checksum: bytes) -> dict[str, str]:
    return {"ContentMD5": b64encode(checksum).decode()}


def _compare(answer: dict[str, Any], checksum: bytes) -> None:
    """Raises Unavailable where the server holds other bytes than were sent. Encrypted ones have another ETag."""
    found = str(answer["ETag"]).strip('"')
    if _MD5.fullmatch(found) and "ServerSideEncryption" not in answer and found != checksum.hex():
        raise Unavailable(f"sent with MD5 {checksum.hex()}, stored with {found}")


def _disposition(filename: str) -> str:
    """RFC 6266: the name in UTF-8, and before it a likeness in ASCII for old clients.

    Control and formatting characters go: they could end the header, or show an .exe as a .jpg.
    """
    name = "".join("_" if c in "/\\" or unicodedata.category(c) in _UNPRINTABLE else c for c in filename)
    likeness = re.sub(r'[^ -~]|["%]', "_", name)
    return f"attachment; filename=\"{likeness}\"; filename*=UTF-8''{quote(name, safe='')}"


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


@contextmanager
def _s3_errors(what: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError, OSError) as error:
        raise Unavailable(f"{what}: {error}") from error
