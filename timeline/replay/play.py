"""The playing itself: every note at its time, by its device, while all devices listen; then all logs side by side."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from timeline.replay.device import Device
from timeline.replay.score import Note
from timeline.replay.web import WebFault

SETTLE_SECONDS = 15
LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Summary:
    """What came of a playing. Times in milliseconds; `posted` is when each record left, by perf_counter."""

    planned: int = 0
    devices: int = 0
    sent: int = 0
    acked: int = 0
    head: int = 0
    equal: int = 0
    sound: int = 0
    slowest_ms: float | None = None
    unheard: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether everything that was sent is recorded and every device holds the same unbroken log."""
        whole = self.devices == self.equal == self.sound
        return whole and self.sent == self.acked and not self.unheard and not self.faults

    def lines(self) -> list[str]:
        """The summary for a terminal."""
        slowest = "-" if self.slowest_ms is None else f"{self.slowest_ms:.0f} ms"
        return [
            f"records          {self.acked} recorded of {self.sent} sent ({self.planned} in the file)",
            f"devices          {self.equal} of {self.devices} hold the same log of {self.head} entries",
            f"hash chain       sound on {self.sound} of {self.devices}",
            f"slowest fan-out  {slowest} from the press to the last device",
            *([f"not heard        {self.unheard} records missed a device"] if self.unheard else []),
            *(f"fault            {fault}" for fault in self.faults),
        ]


async def play(devices: Sequence[Device], notes: Sequence[Note], summary: Summary, say: Callable[[str], None]) -> None:
    """Play the notes, compare what the devices hold at the end, and fill in the summary.

    May be cancelled at any time: the summary then tells of what was played so far.
    """
    summary.planned, summary.devices = len(notes), len(devices)
    posted: dict[str, float] = {}
    listening = [asyncio.create_task(device.listen()) for device in devices]
    queues: list[asyncio.Queue[Note | None]] = [asyncio.Queue() for _ in devices]
    playing = [
        asyncio.create_task(_hand_in(device, queue, posted, summary, say))
        for device, queue in zip(devices, queues, strict=True)
    ]
    try:
        begun = time.monotonic()
        for note in notes:
            await asyncio.sleep(max(0.0, begun + note.after - time.monotonic()))
            queues[note.device].put_nowait(note)
        for queue in queues:
            queue.put_nowait(None)
        await asyncio.gather(*playing)
        await _settle(devices, posted)
    finally:
        # Before anything else is awaited: the devices are compared as they stand together.
        _compare(devices, posted, summary)
        for task in (*playing, *listening):
            task.cancel()
        await asyncio.gather(*playing, *listening, return_exceptions=True)


async def _hand_in(
    device: Device,
    queue: asyncio.Queue[Note | None],
    posted: dict[str, float],
    summary: Summary,
    say: Callable[[str], None],
) -> None:
    """One device's work: post its notes one after the other, as its outbox would."""
    while (note := await queue.get()) is not None:
        record = device.record_of(note.row)
        begun = posted[record.id] = time.perf_counter()
        summary.sent += 1
        try:
            result = await device.post(record)
        except WebFault as fault:
            del posted[record.id]
            summary.faults.append(f"device {device.number}: {fault}")
            say(f"device {device.number}  {record.kind:<24} NOT RECORDED: {fault}")
            continue
        took = (time.perf_counter() - begun) * 1_000
        if result["status"] == "recorded":
            summary.acked += 1
            say(f"device {device.number}  {record.kind:<24} recorded as #{result['seq']} in {took:.0f} ms")
        else:
            del posted[record.id]
            summary.faults.append(f"{record.kind} was refused: {result['detail']}")
            say(f"device {device.number}  {record.kind:<24} REFUSED: {result['detail']}")


async def _settle(devices: Sequence[Device], posted: dict[str, float]) -> None:
    """Wait until every device has heard every record and all stand at one head, or for as long as a healing may take.

    The server may add records of its own meanwhile (a target that passed), so a count of ours would not do.
    """
    give_up = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < give_up:
        if len({device.head for device in devices}) == 1 and posted.keys() <= devices[0].heard.keys():
            return
        await asyncio.sleep(LOOK_SECONDS)


def _compare(devices: Sequence[Device], posted: dict[str, float], summary: Summary) -> None:
    longest = max(devices, key=lambda device: device.head)
    summary.head = longest.head
    summary.equal = sum(device.log == longest.log for device in devices)
    summary.sound = sum(device.sound for device in devices)
    heard = [device.heard[id] - left for device in devices for id, left in posted.items() if id in device.heard]
    summary.slowest_ms = max(heard) * 1_000 if heard else None
    summary.unheard = sum(any(id not in device.heard for device in devices) for id in posted)
    summary.faults += [f"device {device.number}: {fault}" for device in devices for fault in device.faults]
