import { expect, it } from 'vitest';
import { NAN, paletteOf, RAMP, RAMP_SIZE } from './colour_palette';
import type { Ink } from './ink';
import { fillJacobian, rampCode } from './jacobian_paint';
import { MASKED, NONFINITE, UNDERFLOWED, UNREACHABLE } from './line_amnesia';

const ink = { surface: '#ffffff', muted: '#5f6368', void: '#e3e6e9' } as Ink;
const palette = paletteOf('sequential', 'light');

/** One row of one column per cell, 12 pixels high. */
function fill(values: readonly number[], states: readonly number[], level = 0): Uint32Array {
  const out = new Uint32Array(12 * values.length).fill(0xdeadbeef);
  fillJacobian(
    out,
    12,
    {
      rows: 1,
      width: values.length,
      values: Float32Array.from(values),
      states: Uint8Array.from(states),
    },
    { levels: Float64Array.of(level), decades: [-6, 0] },
    { palette, ink, ratio: 1 },
  );
  return out;
}

it('puts values on the ramp between the ends of the axis, less the level of their row', () => {
  expect([-6, -3, 0, 1, -9].map((value) => rampCode(value, [-6, 0]))).toEqual([
    RAMP,
    RAMP + Math.round((RAMP_SIZE - 1) / 2),
    RAMP + RAMP_SIZE - 1,
    RAMP + RAMP_SIZE - 1,
    RAMP,
  ]);
  const top = palette.pixels[RAMP + RAMP_SIZE - 1];
  expect([...fill([0], [0])]).toEqual(Array(12).fill(top));
  expect([...fill([-2], [0], -2)]).toEqual(Array(12).fill(top));
});

it('gives every kind of nothing a look of its own', () => {
  const states = [UNDERFLOWED, UNREACHABLE, MASKED, NONFINITE];
  const out = fill([NaN, NaN, NaN, NaN], states);
  const columns = states.map((_, x) => new Set([...out].filter((_, i) => i % 4 === x)));
  expect(columns[0].size).toBe(2); // hatched
  expect([...columns[1]]).toEqual([0xffe9e6e3]);
  expect([...columns[2]]).toEqual([0]); // clear
  expect([...columns[3]]).toEqual([palette.pixels[NAN]]);
});
