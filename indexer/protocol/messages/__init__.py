"""Every request, reply and event, and the version of the whole contract.

A request carries an `id` chosen by the sender; exactly one reply with that id follows (a Failed one on error or
cancel). Events carry no id. framing.py turns these into lines and back.
"""

from indexer.protocol.messages.encoders import (
    ChooseEncoder,
    DownloadEncoder,
    DownloadProgress,
    Encoders,
    EncodersChanged,
    ImportEncoder,
    KeepTasks,
    ListEncoders,
    RemoveEncoder,
    SetQuality,
    StopDownload,
    VerifyEncoder,
)
from indexer.protocol.messages.finding import (
    GetPageText,
    GetPicture,
    MatchPage,
    MoreLikeThis,
    PageMatches,
    PageText,
    Picture,
    RecentPages,
    Search,
    SearchReply,
)
from indexer.protocol.messages.library import (
    AddPaths,
    Estimate,
    EstimatePaths,
    Failures,
    FailuresChanged,
    FoldersChanged,
    GetLimits,
    GetStatus,
    Ignore,
    LibraryChanged,
    LimitsTold,
    ListFailures,
    ListSubfolders,
    PathsAdded,
    Pause,
    PauseFolder,
    Progress,
    RemoveFolder,
    Rescan,
    Resume,
    Retry,
    SetLimits,
    Status,
    Subfolders,
    Unlock,
)
from indexer.protocol.messages.session import (
    PROTOCOL_VERSION,
    Cancel,
    Done,
    Event,
    Failed,
    Hello,
    Notice,
    Reply,
    Request,
    Shutdown,
    Welcome,
)

AnyRequest = (
    Hello
    | AddPaths
    | EstimatePaths
    | ListSubfolders
    | RemoveFolder
    | PauseFolder
    | Pause
    | Resume
    | Rescan
    | GetStatus
    | ListFailures
    | Retry
    | Ignore
    | Unlock
    | Search
    | MoreLikeThis
    | MatchPage
    | RecentPages
    | GetPicture
    | GetPageText
    | ListEncoders
    | ChooseEncoder
    | KeepTasks
    | SetQuality
    | ImportEncoder
    | DownloadEncoder
    | StopDownload
    | RemoveEncoder
    | VerifyEncoder
    | GetLimits
    | SetLimits
    | Cancel
    | Shutdown
)

AnyReply = (
    Failed
    | Done
    | Welcome
    | PathsAdded
    | Estimate
    | Subfolders
    | Status
    | Failures
    | SearchReply
    | PageMatches
    | Picture
    | PageText
    | Encoders
    | LimitsTold
)
AnyEvent = Progress | FoldersChanged | LibraryChanged | FailuresChanged | DownloadProgress | EncodersChanged | Notice
AnyAnswer = AnyReply | AnyEvent

__all__ = [
    "PROTOCOL_VERSION",
    "AddPaths",
    "AnyAnswer",
    "AnyEvent",
    "AnyReply",
    "AnyRequest",
    "Cancel",
    "ChooseEncoder",
    "Done",
    "DownloadEncoder",
    "DownloadProgress",
    "Encoders",
    "EncodersChanged",
    "Estimate",
    "EstimatePaths",
    "Event",
    "Failed",
    "Failures",
    "FailuresChanged",
    "FoldersChanged",
    "GetLimits",
    "GetPageText",
    "GetPicture",
    "GetStatus",
    "Hello",
    "Ignore",
    "ImportEncoder",
    "KeepTasks",
    "LibraryChanged",
    "LimitsTold",
    "ListEncoders",
    "ListFailures",
    "ListSubfolders",
    "MatchPage",
    "MoreLikeThis",
    "Notice",
    "PageMatches",
    "PageText",
    "PathsAdded",
    "Pause",
    "PauseFolder",
    "Picture",
    "Progress",
    "RecentPages",
    "RemoveEncoder",
    "RemoveFolder",
    "Reply",
    "Request",
    "Rescan",
    "Resume",
    "Retry",
    "Search",
    "SearchReply",
    "SetLimits",
    "SetQuality",
    "Shutdown",
    "Status",
    "StopDownload",
    "Subfolders",
    "Unlock",
    "VerifyEncoder",
    "Welcome",
]
