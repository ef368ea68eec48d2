"""What the settings page says about an encoder: its state, what it is good for, its machine, its cost on disk."""

from PySide6.QtWidgets import QWidget

from app.wording import duration_word, pages_word, size_word, time_left
from indexer.protocol.values import EncoderInfo


class EncoderWords:
    """Sentences from facts; `owner` is whose translations are used."""

    def __init__(self, owner: QWidget) -> None:
        self._owner, self._tr = owner, owner.tr

    def state(self, info: EncoderInfo, *, busy: bool) -> str:
        """One or two words."""
        tr = self._tr
        if info.downloading:
            return tr("Downloading")
        if busy:
            return tr("Working")
        if info.serving:
            return tr("In use")
        if info.chosen:
            return tr("Reading your pages")
        if not info.ready and info.partial_bytes:
            return tr("Paused")
        return tr("Ready") if info.ready else tr("Not here")

    def about(self, info: EncoderInfo) -> str:
        """What it is good for."""
        if info.encoder_id == "lite":
            return self._tr("Reads words, also in scans. Runs on any processor.")
        return self._tr("Sees tables, charts, photos and handwriting, in some thirty languages.")

    def facts(self, info: EncoderInfo) -> list[str]:
        """Its machine and pace, and what it takes on disk; one sentence a line."""
        lines = []
        if info.download_bytes:
            memory = self._tr("Works in {needs} of memory; there are {has}.").format(
                needs=size_word(info.needs_bytes), has=size_word(info.memory_bytes)
            )
            lines.append(f"{info.device_reason} {memory}".strip())
            if not info.ready:  # else it is told with the choices that it depends on
                lines.append(pace_sentence(self._owner, info))
        disk = []
        if info.pages:
            vectors = self._tr("vectors of {pages}: {size}")
            disk.append(vectors.format(pages=pages_word(info.pages), size=size_word(info.vectors_bytes)))
        if info.model_bytes:
            disk.append(self._tr("model: {size}").format(size=size_word(info.model_bytes)))
        if info.partial_bytes:
            disk.append(self._tr("unfinished download: {size}").format(size=size_word(info.partial_bytes)))
        if disk:
            lines.append(self._tr("On disk: {parts}").format(parts=", ".join(disk)))
        return [line for line in lines if line]

    def catching_up(self, info: EncoderInfo) -> str:
        """How far a chosen encoder is from answering."""
        text = self._tr("{n} of {all}; the other encoder answers until then").format(
            n=f"{info.pages:,}", all=pages_word(info.pages_total)
        )
        if info.pages_waiting:
            waiting = self._tr("{pages} wait for a disk that is not connected")
            text += "    " + waiting.format(pages=pages_word(info.pages_waiting))
        elif info.seconds_measured:
            text += "    " + time_left((info.pages_total - info.pages) * info.seconds_per_page)
        return text

    def paused(self, info: EncoderInfo) -> str:
        """A download that was begun and does not run."""
        return self._tr("{done} of {total} are here; goes on from there").format(
            done=size_word(info.partial_bytes), total=size_word(info.download_bytes)
        )


def pace_sentence(owner: QWidget, info: EncoderInfo) -> str:
    """How long a page takes here, and how that is known; "" while it is not."""
    if not info.seconds_per_page:
        return ""
    told = duration_word(info.seconds_per_page)
    if info.seconds_measured:
        return owner.tr("A page takes {time} here (measured).").format(time=told)
    return owner.tr("A page would take about {time} here, by this machine's measured speed.").format(time=told)
