"""Where watching does not tell everything: network shares, removable disks, folders shared with a host."""

import os

import psutil

_UNWATCHABLE = ("nfs", "cifs", "smb", "9p", "fuse", "virtiofs", "vboxsf", "prl_fs", "afs", "ceph", "davfs", "webdav")


def must_poll(path: str) -> bool:
    """Whether changes at `path` may come from elsewhere than this system, which then says nothing of them."""
    best, remote = "", False
    try:
        parts = psutil.disk_partitions(all=True)
    except (OSError, psutil.Error):
        return False
    for part in parts:
        mount = part.mountpoint.rstrip(os.sep) + os.sep
        if (path.rstrip(os.sep) + os.sep).startswith(mount) and len(mount) >= len(best):
            words = {part.fstype.lower(), *part.opts.lower().split(",")}
            best = mount
            remote = any(word.startswith(_UNWATCHABLE) for word in words) or bool(words & {"remote", "removable"})
    return remote
