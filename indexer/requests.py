"""What is done for each request, and in which lane it waits (jobs.py): a search never waits for a picture or a scan."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from indexer.errors import PagebeamError
from indexer.protocol import messages
from indexer.protocol.errors import ErrorCode

if TYPE_CHECKING:
    from indexer.engine import Engine

Work = Callable[["Engine"], msgspec.Struct]


def work_for(message: messages.AnyRequest, cancelled: Callable[[], bool]) -> tuple[str, Work]:
    """In which lane a request waits, and what is done for it."""
    match message:
        case messages.Search() if message.filters.document_ids:
            # pages of one document, beside a search of the library, which it must not replace
            return "pages", lambda engine: engine.searcher().search(message)
        case messages.Search():
            return "search", lambda engine: engine.searcher(message.task).search(message, cancelled)
        case messages.ImportEncoder() | messages.DownloadEncoder() | messages.VerifyEncoder():
            return "models", _model_work(message, cancelled)
        case messages.RemoveEncoder():
            return "models", lambda engine: engine.getting.remove(message)
        case messages.MoreLikeThis():
            return "search", lambda engine: engine.more_like_this(message)
        case messages.Rescan():
            return "looks", lambda engine: engine.rescan(message, cancelled)
        case messages.MatchPage():
            return "pages", lambda engine: engine.searcher().match_page(message)
        case messages.GetPicture():
            return "pages", lambda engine: engine.picture(message, cancelled)
        case messages.GetPageText():
            return "pages", lambda engine: engine.page_text(message)
    return "rest", lambda engine: _answer(engine, message)


def _model_work(
    message: messages.ImportEncoder | messages.DownloadEncoder | messages.VerifyEncoder, cancelled: Callable[[], bool]
) -> Work:
    match message:
        case messages.ImportEncoder():
            return lambda engine: engine.getting.import_(message, cancelled)
        case messages.DownloadEncoder():
            return lambda engine: engine.getting.download(message, cancelled)
        case _:
            return lambda engine: engine.getting.verify(message, cancelled)


def _answer(engine: "Engine", message: messages.AnyRequest) -> msgspec.Struct:
    """Requests that take one short method."""
    methods: dict[type, Callable[..., msgspec.Struct]] = {
        messages.AddPaths: engine.add_paths,
        messages.EstimatePaths: engine.estimate,
        messages.ListSubfolders: engine.subfolders,
        messages.RemoveFolder: engine.remove_folder,
        messages.PauseFolder: engine.pause_folder,
        messages.Pause: engine.pause,
        messages.Resume: engine.resume,
        messages.GetStatus: engine.status,
        messages.ListFailures: engine.failures,
        messages.Retry: engine.retry,
        messages.Ignore: engine.ignore,
        messages.Unlock: engine.unlock,
        messages.RecentPages: engine.recent,
        messages.ListEncoders: engine.encoders.listed,
        messages.ChooseEncoder: engine.encoders.choose,
        messages.KeepTasks: engine.encoders.keep_tasks,
        messages.SetQuality: engine.encoders.set_quality,
        messages.StopDownload: engine.getting.stop_download,
        messages.GetLimits: engine.limits_told,
        messages.SetLimits: engine.limits.set,
    }
    method = methods.get(type(message))
    if method is None:
        raise PagebeamError(ErrorCode.BAD_REQUEST, detail="this engine cannot do that")
    return method(message)
