"""Reading waits where the computer is needed for something else, says why, and goes on when asked."""

import os
from collections import namedtuple

import psutil
import pytest

from indexer import background
from indexer.config import NEVER_WAIT, Manners
from indexer.indexing import politeness
from indexer.indexing.politeness import Load, Politeness
from indexer.protocol import messages
from indexer.protocol.values import WaitReason

Battery = namedtuple("Battery", "percent secsleft power_plugged")
Sensor = namedtuple("Sensor", "label current high critical")


@pytest.fixture
def system(monkeypatch):
    """What the system says of battery and heat."""
    said = {"battery": None, "sensors": {}}
    monkeypatch.setattr(psutil, "sensors_battery", lambda: said["battery"])
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: said["sensors"], raising=False)
    monkeypatch.setattr(politeness, "_LOOK_S", 0.0)
    return said


@pytest.mark.parametrize(
    ("battery", "sensors", "reason"),
    [
        (None, {}, None),
        (Battery(80, 3600, True), {}, None),
        (Battery(80, 3600, False), {}, WaitReason.BATTERY),
        (None, {"cpu": [Sensor("core", 60.0, 100.0, 105.0)]}, None),
        (None, {"cpu": [Sensor("core", 94.0, 100.0, 105.0)]}, WaitReason.HEAT),
        (None, {"cpu": [Sensor("core", 99.0, None, None)]}, WaitReason.HEAT),
        (None, {"odd": [Sensor("nonsense", 30.0, 0.0, 0.0)]}, None),
    ],
)
def test_the_reason_is_what_the_system_says(system, battery, sensors, reason):
    system["battery"], system["sensors"] = battery, sensors
    assert Politeness(Manners(wait_under_load=False)).reason() == reason
    assert Politeness(NEVER_WAIT).reason() is None


def test_asking_to_go_on_holds_until_the_reason_is_gone(system):
    polite = Politeness(Manners(wait_under_load=False))
    system["battery"] = Battery(80, 3600, False)
    assert polite.reason() is WaitReason.BATTERY
    polite.go_on()
    assert polite.reason() is None
    system["battery"] = Battery(80, 3600, True)
    assert polite.reason() is None
    system["battery"] = Battery(70, 3600, False)
    assert polite.reason() is WaitReason.BATTERY


def test_others_at_work_are_waited_for_but_not_for_ever(monkeypatch):
    clock, used = [0.0], [(0.0, 0.0, 0.0)]
    monkeypatch.setattr(politeness.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(politeness, "_used", lambda: used[0])
    load = Load()

    def pass_time(seconds: float, idle: float, own: float) -> bool:
        clock[0] += seconds
        all_s, idle_s, own_s = used[0]
        used[0] = (all_s + 2 * seconds, idle_s + 2 * seconds * idle, own_s + 2 * seconds * own)
        return load.high()

    assert not pass_time(40, idle=0.0, own=0.9)
    assert pass_time(2, idle=0.1, own=0.1)
    assert pass_time(20, idle=0.1, own=0.1)
    assert not pass_time(20, idle=0.1, own=0.1)
    assert not pass_time(20, idle=0.1, own=0.1)
    assert pass_time(20, idle=0.1, own=0.1)
    assert not pass_time(2, idle=0.8, own=0.1)


def test_on_battery_reading_waits_and_says_so_until_asked_to_go_on(library, system, documents, make_pdf):
    system["battery"] = Battery(80, 3600, False)
    make_pdf(documents / "a.pdf", "Turnips.")
    engine = library.open(eager=False, manners=Manners(wait_under_load=False))
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.until(lambda: engine.catalogue.folders()[0].waiting == 1 and engine.sync.idle())
    assert engine.pipeline.reason == "battery"
    engine.resume(messages.Resume(id=2))
    library.all_read()
    assert engine.catalogue.folders()[0].pages == 1


def test_reading_is_in_the_background_and_questions_are_not(library, documents, make_pdf):
    seen, before = {}, os.getpriority(os.PRIO_PROCESS, os.getpid())
    make_pdf(documents / "a.pdf", "Turnips.")
    most = 100_000_000_000  # or renderers that have nothing to do are ended, for the tests before took memory
    engine = library.open(eager=False, manners=NEVER_WAIT, memory_bytes=most)

    class Looking:
        def __getattr__(self, name):
            return getattr(library._encoder, name)

        def encode_pages(self, pages, space):
            seen["reading"] = os.getpriority(os.PRIO_PROCESS, 0)
            seen["renderers"] = [psutil.Process(pid).nice() for pid in engine.pool.pids]
            seen["disk"] = [psutil.Process(pid).ionice().ioclass for pid in engine.pool.pids]
            return library._encoder.encode_pages(pages, space)

    library.use(Looking())
    engine.add_paths(messages.AddPaths(id=1, paths=(str(documents),)))
    engine.start()
    library.all_read()
    assert os.getpriority(os.PRIO_PROCESS, os.getpid()) == before
    assert seen["reading"] >= background._NICE
    assert min(seen["renderers"]) >= background._NICE
    assert set(seen["disk"]) == {psutil.IOPRIO_CLASS_IDLE}
