"""SingleInstance: a second launch on the same library hands its arguments to the first window and leaves."""

import hashlib
import json
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_WAIT_MS = 1500
_LARGEST = 1_000_000


def server_name(data_folder: Path) -> str:
    """One name a library and user: the folder may be anybody's, the name must be short."""
    return "pagebeam-" + hashlib.sha256(str(data_folder).encode(errors="replace")).hexdigest()[:16]


def hand_over(name: str, paths: list[str]) -> bool:
    """Give these paths to the window that is open already; False when there is none."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(_WAIT_MS):
        return False
    socket.write(json.dumps({"paths": paths}).encode() + b"\n")
    socket.flush()
    taken = socket.waitForBytesWritten(_WAIT_MS) or socket.bytesToWrite() == 0
    answered = taken and socket.waitForReadyRead(_WAIT_MS)
    socket.disconnectFromServer()
    return answered


class SingleInstance(QObject):
    """Signal asked(list of paths): a second launch wants these, and the window in front."""

    asked = Signal(list)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._called)
        if not self._server.listen(name):
            QLocalServer.removeServer(name)  # left behind by a window that was killed
            self._server.listen(name)

    def close(self) -> None:
        """Take no more calls."""
        self._server.close()

    @Slot()
    def _called(self) -> None:
        socket = self._server.nextPendingConnection()
        socket.readyRead.connect(self._read)
        socket.disconnected.connect(socket.deleteLater)

    @Slot()
    def _read(self) -> None:
        socket = self.sender()
        if not isinstance(socket, QLocalSocket):
            return
        if socket.bytesAvailable() > _LARGEST:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        try:
            said = json.loads(bytes(socket.readLine().data()))
            paths = [path for path in said["paths"] if isinstance(path, str)]
        except (ValueError, KeyError, TypeError):
            socket.abort()
            return
        socket.write(b"ok\n")
        socket.flush()
        self.asked.emit(paths)
