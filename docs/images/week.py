"""Draws one simulated week to `week.png`: `python docs/images/week.py`. Needs Pillow."""

import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tb_deepdebug.demo.wearables import CHANNELS, DAY, Weeks, generate

SCALE = 2  # drawn larger, then reduced: smooth lines
WIDTH, LEFT, RIGHT, TOP, PANEL, GAP = 1000, 62, 12, 26, 120, 14
LIMITS = ((40.0, 180.0), (0.0, 400.0), (1.0, 100_000.0))
TICKS = ((50, 100, 150), (0, 200, 400), (1, 60, 3600))
COLOURS = ("#b3393f", "#2f6f8f", "#7a5ea8")
SLEEP, WORKOUT, GRID, INK = "#e4e9f3", "#fbe3c4", "#d5d5d5", "#444444"


def main() -> None:
    weeks = generate(24, seed=1)
    full = int(np.argmax(weeks.mask.sum(axis=1)))
    height = TOP + len(CHANNELS) * (PANEL + GAP) + 10
    image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), "white")
    draw = ImageDraw.Draw(image)
    for row in range(len(CHANNELS)):
        _panel(draw, weeks, full, row)
    for day, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")):
        _text(draw, float(_x(np.array((day + 0.5) * DAY))), (height - 10), name)
    legend = "one simulated week; blue: asleep, orange: workout, blank: the watch is off"
    _text(draw, WIDTH / 2, 10, legend)
    target = pathlib.Path(__file__).with_suffix(".png")
    image.resize((WIDTH, height), Image.Resampling.LANCZOS).quantize(64).save(target, optimize=True)


def _panel(draw: ImageDraw.ImageDraw, weeks: Weeks, user: int, row: int) -> None:
    top = TOP + row * (PANEL + GAP)
    valid = weeks.mask[user]
    x = _x(weeks.timestamps[user, valid])
    for state, colour in ((weeks.asleep, SLEEP), (weeks.exercising, WORKOUT)):
        for left, right in _stretches(state[user, valid]):
            _box(draw, x[left], top, x[right], top + PANEL, colour)
    for tick in TICKS[row]:
        y = float(_y(np.array(float(tick)), row, top))
        _line(draw, [(LEFT, y), (WIDTH - RIGHT, y)], GRID)
        _text(draw, LEFT - 6, y, f"{tick:,}", "rm")
    y = _y(weeks.readings[user, valid, row], row, top)
    apart = np.flatnonzero(weeks.readings[user, valid, 2] > 1200)  # do not bridge the gaps
    for some in np.split(np.arange(len(x)), apart):
        if len(some) > 1:
            _line(draw, list(zip(x[some], y[some], strict=True)), COLOURS[row])
    _text(draw, LEFT + 4, top + 8, CHANNELS[row], "lm")


def _x(seconds: np.ndarray) -> np.ndarray:
    return LEFT + (WIDTH - LEFT - RIGHT) * seconds / (7 * DAY)


def _y(value: np.ndarray, row: int, top: float) -> np.ndarray:
    low, high = LIMITS[row]
    value = np.clip(value, low, high)
    if row == 2:
        value, low, high = np.log(value), np.log(low), np.log(high)
    return top + PANEL * (1 - (value - low) / (high - low))


def _stretches(state: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of every stretch that is true."""
    edges = np.flatnonzero(np.diff(np.r_[0, state.astype(int), 0]))
    return [(first, last - 1) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def _box(draw: ImageDraw.ImageDraw, *box_and_colour: object) -> None:
    *box, colour = box_and_colour
    draw.rectangle([float(v) * SCALE for v in box], fill=colour)


def _line(draw: ImageDraw.ImageDraw, points: list, colour: str) -> None:
    draw.line([(a * SCALE, b * SCALE) for a, b in points], fill=colour, width=SCALE)


def _text(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, anchor: str = "mm") -> None:
    font = ImageFont.load_default(12 * SCALE)
    draw.text((x * SCALE, y * SCALE), text, fill=INK, font=font, anchor=anchor)


if __name__ == "__main__":
    main()
