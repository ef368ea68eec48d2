"""What a document or folder is called on screen: the last part of its path, of whichever system it comes from."""

import re


def breakable(name: str) -> str:
    """The same name for a label that wraps: it may break behind marks, and where it has none for long."""
    return re.sub(r"[_./\\-]|\w{16}", "\\g<0>\u200b", name)


def file_name(path: str) -> str:
    r"""`C:\papers\a.pdf` and `/papers/a.pdf` are both called a.pdf; "" stays ""."""
    return path_parts(path)[-1]


def path_parts(path: str) -> list[str]:
    """The parts of a path, the name last."""
    return path.replace("\\", "/").split("/")
