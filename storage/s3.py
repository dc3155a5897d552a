"""Store objects on an S3 server. This is the only module that uses boto3.

The SHA-256 is in the object's own metadata, because the ETag of a multipart upload is not a hash of its content. It is
checked after every download. Every request with a body carries the MD5 of the body, which the server checks; the ETag
of the answer is compared with it as well. So an interrupted upload never becomes a truncated object.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from hashlib import file_digest, md5
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import boto3.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from storage.base import Blob, NotFound, Unavailable, validate_key
from storage.digests import sha256_of, sha256_of_stream
from storage.dispositions import disposition
from storage.local import is_key, write_checked
from storage.parts import SentPart

_ANY = "application/octet-stream"
_LARGEST_PUT, _MOST_PARTS, _LONGEST_SECONDS = 5 << 30, 10_000, 7 * 24 * 3600  # S3's own limits
_MD5 = re.compile("[0-9a-f]{32}")
_CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    # By default boto3 adds CRC trailers, which several S3 servers refuse.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=5,
    read_timeout=60,
)


class S3Store:
    """An object store in a bucket, below `prefix` if that isn't empty. Threads may share one.

    boto3's own chain supplies an endpoint, key or region that is None. Files larger than `part_bytes` are uploaded in
    parts, one part at a time in memory; S3 requires parts of 5 MiB or more. With `if_absent` only files above S3's
    limit of 5 GiB are uploaded in parts.
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
        """Create the bucket if it is missing. All other methods create only objects."""
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
        """Abort incomplete multipart uploads begun more than `seconds` ago, whose writer was killed."""
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
                # Either another writer won, or this call did and boto3 repeated it because the answer was lost.
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
        """Yield every object whose key begins with `prefix`, in key order.

        Each object costs one more request, as S3's listing has neither SHA-256 nor media type.
        """
        validate_key(f"{prefix}x")  # a prefix is valid if some key could begin with it
        asked = {"Bucket": self._bucket, "Prefix": self._prefix + prefix}
        with _s3_errors(f"list {prefix}"):
            pages = self._client.get_paginator("list_objects_v2").paginate(**asked)
            names = (found["Key"] for page in pages for found in page.get("Contents", ()))
            # SeaweedFS lists folder by folder, which is not key order.
            keys = sorted(name.removeprefix(self._prefix) for name in names)
        return (blob for key in keys if is_key(key) and (blob := self.stat(key)))

    def delete(self, key: str) -> None:
        at = self._at(key)
        with _s3_errors(f"delete {key}"):
            self._client.delete_object(**at)

    def url(self, key: str, *, seconds: int, filename: str) -> str:
        if seconds > _LONGEST_SECONDS:
            raise ValueError(f"S3 gives out no address for more than a week, asked for {seconds} s")
        asked = {**self._at(key), "ResponseContentDisposition": disposition(filename)}
        with _s3_errors(f"url {key}"):
            return str(self._client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds))

    def begin_parts(self, key: str) -> str:
        at = self._at(key)
        with _s3_errors(f"begin {key}"):
            return str(self._client.create_multipart_upload(**at, ContentType=_ANY)["UploadId"])

    def part_urls(self, key: str, upload: str, numbers: Iterable[int], seconds: int) -> dict[int, str]:
        asked = {**self._at(key), "UploadId": upload}
        with _s3_errors(f"parts of {key}"):
            sign = partial(self._client.generate_presigned_url, "upload_part", ExpiresIn=seconds)
            return {number: str(sign(Params={**asked, "PartNumber": number})) for number in numbers}

    def sent_parts(self, key: str, upload: str) -> dict[int, SentPart]:
        asked = {**self._at(key), "UploadId": upload}
        with _s3_errors(f"parts of {key}"):
            try:
                pages = [*self._client.get_paginator("list_parts").paginate(**asked)]
            except ClientError as error:
                if 400 <= _status(error) < 500 and _status(error) != 403:
                    raise NotFound(f"upload of {key}") from error
                raise
        return {
            part["PartNumber"]: SentPart(part["Size"], part["ETag"]) for page in pages for part in page.get("Parts", ())
        }

    def finish_parts(self, key: str, upload: str, parts: Mapping[int, SentPart]) -> None:
        listed = [{"PartNumber": number, "ETag": part.etag} for number, part in sorted(parts.items())]
        with _s3_errors(f"finish {key}"):
            asked = {**self._at(key), "UploadId": upload}
            self._client.complete_multipart_upload(**asked, MultipartUpload={"Parts": listed})

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
        # The object was copied in with another tool; its SHA-256 costs a download.
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
            # SeaweedFS 4.48 lets several racing multipart uploads pass If-None-Match, but only one single request.
            if path.stat().st_size <= (_LARGEST_PUT if condition else self._part_bytes):
                checksum = _md5(file)
                answer = self._client.put_object(**at, **about, **condition, **_promise(checksum), Body=file)
                try:
                    _compare(answer, checksum)
                except Unavailable:
                    with suppress(ClientError, BotoCoreError):  # otherwise the damaged object would count as present
                        self._client.delete_object(**at)
                    raise
                return
            upload = at | {"UploadId": self._client.create_multipart_upload(**at, **about)["UploadId"]}
            try:
                parts = self._upload_parts(upload, file, path.stat().st_size)
                self._client.complete_multipart_upload(**upload, **condition, MultipartUpload={"Parts": parts})
            except BaseException:
                with suppress(ClientError, BotoCoreError):  # the first error is the one to report
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
    """Return the MD5 of a file, S3's own checksum. The file must be at its beginning and is rewound to it."""
    found = file_digest(file, partial(md5, usedforsecurity=False)).digest()  # type: ignore[arg-type]
    file.seek(0)
    return found


def _promise(checksum: bytes) -> dict[str, str]:
    return {"ContentMD5": b64encode(checksum).decode()}


def _compare(answer: dict[str, Any], checksum: bytes) -> None:
    """Raise Unavailable if the server stored other bytes than were sent.

    The ETag of an encrypted object is not its MD5 and is not compared.
    """
    found = str(answer["ETag"]).strip('"')
    if _MD5.fullmatch(found) and "ServerSideEncryption" not in answer and found != checksum.hex():
        raise Unavailable(f"sent with MD5 {checksum.hex()}, stored with {found}")


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


@contextmanager
def _s3_errors(what: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError, OSError) as error:
        raise Unavailable(f"{what}: {error}") from error
