"""fetch: the download's own process, the only part of Pagebeam that ever speaks to the hub.

Started by download.py; its job comes as one JSON line on stdin, and it leaves when stdin ends. It tells how it goes in
JSON lines on stdout. HF_ENDPOINT and the usual proxy variables are respected; no token is sent, and telemetry is off.

1. The hub lists the files of the pinned revision, with sizes and checksums.
2. The room on the disk is checked for all that is still to come.
3. Each file is fetched into NAME.incomplete, from where an earlier run stopped, through lost connections; then its
   checksum is compared, and only a good one gets its name. A bad one is deleted and fetched once more.
4. What was verified is recorded beside the files, so that a later run does not read it again.
"""

import errno
import json
import os
import shutil
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.encoder import manifest
from indexer.encoder.weights import RESERVE_BYTES, told_size

VERIFIED = "verified.json"
_TELL_S = 0.1
_CHUNK = 64 * 1024
"""Bytes a step: small, so that progress moves on a slow line and little is lost with a connection or the process."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class Job:
    """What to fetch: files of a repository ("model" or "dataset") at a revision, whose names match."""

    repository: str
    revision: str
    kind: str
    folder: str
    names: tuple[str, ...] = ()
    checksums: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    size: int
    sha256: str | None
    blob_id: str


class Refused(Exception):  # noqa: N818 (told to the parent as a code, not raised to a user)
    """The download cannot go on; `code` is an ErrorCode's value."""

    def __init__(self, code: str, **facts: str) -> None:
        self.code, self.facts = code, facts
        super().__init__(code)


def main() -> int:
    """Do the job on stdin; exit code 0 when all files are there and right."""
    job = _job(json.loads(sys.stdin.readline()))
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        files = Fetcher(job).run()
    except Refused as refused:
        _say({"type": "failed", "code": refused.code, "facts": refused.facts})
        return 1
    except OSError as problem:
        code = "model-disk-full" if problem.errno in _NO_ROOM else "file-unreadable"
        facts = {"needed": "?", "free": told_size(shutil.disk_usage(job.folder).free)}
        _say({"type": "failed", "code": code, "facts": facts | {"detail": problem.strerror or ""}})
        return 1
    _say({"type": "done", "files": files})
    return 0


def _job(told: dict[str, Any]) -> Job:
    pairs = tuple((str(name), str(sha)) for name, sha in told.pop("checksums", ()))
    return Job(names=tuple(told.pop("names", ())), checksums=pairs, **told)


def _leave_with_parent() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(130)


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Fetcher:
    """One job. Imports huggingface_hub when made: nothing else in Pagebeam does."""

    def __init__(self, job: Job) -> None:
        from huggingface_hub import constants

        constants.DOWNLOAD_CHUNK_SIZE = _CHUNK  # read at each call; the library has no other way to set it
        self._job, self._folder = job, Path(job.folder)
        self._endpoint = str(constants.ENDPOINT)
        self._done = self._total = 0
        self._told_at = 0.0
        self._name = ""
        self._verified: dict[str, dict[str, Any]] = {}

    def run(self) -> list[dict[str, Any]]:
        """Everything, in order; gives the verified files as they stand in the manifest."""
        files = self._listed()
        if not files:
            raise Refused("model-folder-wrong", detail=f"{self._job.repository} has no files of that kind.")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._recall()
        self._total = sum(file.size for file in files)
        self._done = sum(self._there(file) for file in files)
        self._tell(force=True)
        left, free = self._total - self._done, shutil.disk_usage(self._folder).free
        if left and left + RESERVE_BYTES > free:
            raise Refused("model-disk-full", needed=told_size(left), free=told_size(free))
        for file in files:
            self._fetch(file)
            self._done = sum(self._there(other) for other in files)  # a server may have begun a file anew
        self._tell(force=True)
        return [{"name": file.name, **self._verified[file.name]} for file in files]

    def _listed(self) -> list[_File]:
        from huggingface_hub import HfApi
        from huggingface_hub.hf_api import RepoFile

        job = self._job
        try:
            found = list(
                HfApi(token=False).list_repo_tree(
                    job.repository, recursive=True, revision=job.revision, repo_type=job.kind
                )
            )
        except Exception as problem:
            raise Refused("no-connection", detail=self._endpoint) from problem
        known = dict(job.checksums)
        files = []
        for entry in found:
            if not isinstance(entry, RepoFile) or not _wanted(entry.path, job):
                continue
            sha256 = entry.lfs.sha256 if entry.lfs is not None else None
            if entry.path in known and sha256 is not None and known[entry.path] != sha256:
                raise Refused("download-wrong", detail=entry.path)
            files.append(_File(entry.path, entry.size, known.get(entry.path, sha256), entry.blob_id))
        return sorted(files, key=lambda file: (file.size, file.name))

    def _there(self, file: _File) -> int:
        if self._is_verified(file):
            return file.size
        part = self._part(file)
        size = part.stat().st_size if part.is_file() else 0
        if size > file.size:
            part.unlink()
            size = 0
        return size

    def _fetch(self, file: _File) -> None:
        self._name = file.name
        for last_try in (False, True):
            if self._is_verified(file):
                return
            self._stream(file)
            if self._accept(file):
                return
            self._part(file).unlink()
            self._done -= file.size
            if last_try:
                raise Refused("download-wrong", detail=file.name)

    def _stream(self, file: _File) -> None:
        from huggingface_hub import hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import build_hf_headers

        part = self._part(file)
        part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        job = self._job
        url = hf_hub_url(job.repository, file.name, repo_type=job.kind, revision=job.revision)
        headers = {**build_hf_headers(token=False), "Accept-Encoding": "identity"}
        with part.open("ab") as out:
            try:
                http_get(
                    url,
                    out,
                    resume_size=out.tell(),
                    headers=headers,
                    expected_size=file.size,
                    tqdm_class=_bar(self._progress),
                )
            except OSError as problem:
                if problem.errno in _NO_ROOM:
                    left = told_size(self._total - self._done)
                    free = told_size(shutil.disk_usage(self._folder).free)
                    raise Refused("model-disk-full", needed=left, free=free) from problem
                raise Refused("no-connection", detail=self._endpoint) from problem
            except Exception as problem:
                raise Refused("no-connection", detail=self._endpoint) from problem
            out.flush()
            os.fsync(out.fileno())

    def _accept(self, file: _File) -> bool:
        part = self._part(file)
        sha256 = manifest.sha256_of(part)
        good = sha256 == file.sha256 if file.sha256 is not None else manifest.blob_id_of(part) == file.blob_id
        if good:
            part.replace(self._folder / file.name)
            found = (self._folder / file.name).stat()
            self._verified[file.name] = {
                "size_bytes": found.st_size,
                "modified_ns": found.st_mtime_ns,
                "sha256": sha256,
                "confirmed": True,
            }
            self._record()
        return good

    def _part(self, file: _File) -> Path:
        return self._folder / f"{file.name}.incomplete"

    def _is_verified(self, file: _File) -> bool:
        told = self._verified.get(file.name)
        path = self._folder / file.name
        if told is None or not path.is_file():
            return False
        found = path.stat()
        same = (found.st_size, found.st_mtime_ns) == (told["size_bytes"], told["modified_ns"])
        return same and found.st_size == file.size and (file.sha256 or told["sha256"]) == told["sha256"]

    def _recall(self) -> None:
        try:
            told = json.loads((self._folder / VERIFIED).read_text(encoding="utf-8"))
            self._verified = told["files"] if told["revision"] == self._job.revision else {}
        except (OSError, ValueError, KeyError, TypeError):
            self._verified = {}

    def _record(self) -> None:
        aside = self._folder / f"{VERIFIED}.new"
        aside.write_text(json.dumps({"revision": self._job.revision, "files": self._verified}), encoding="utf-8")
        aside.replace(self._folder / VERIFIED)

    def _progress(self, size: int) -> None:
        self._done += size
        self._tell()

    def _tell(self, *, force: bool = False) -> None:
        now = time.monotonic()
        if force or now - self._told_at >= _TELL_S:
            self._told_at = now
            _say({"type": "progress", "done": self._done, "total": self._total, "file": self._name})


def _wanted(name: str, job: Job) -> bool:
    from fnmatch import fnmatch

    from indexer.encoder.published import is_kept

    if ".." in Path(name).parts or Path(name).is_absolute():
        return False
    return any(fnmatch(name, pattern) for pattern in job.names) if job.names else is_kept(name)


def _bar(progress: Any) -> Any:
    """A progress bar as the hub's library wants one, that only passes the count on."""

    class Bar:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def update(self, size: float = 1) -> None:
            progress(int(size))

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def __getattr__(self, _name: str) -> Any:
            return lambda *_, **__: None

    return Bar
