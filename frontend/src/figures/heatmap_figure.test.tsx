import { signal } from '@preact/signals';
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paletteOf } from '../chart/colour_palette';
import { heatmap } from '../chart/heatmap';
import { unitMeasures } from '../chart/heatmap_health';
import { figureLayout } from '../chart/heatmap_layout';
import type { Window } from '../chart/heatmap_window';
import type { ActivationFrame } from './activation_frame';
import { HeatmapFigure, type Hover } from './heatmap_figure';

const UNITS = 16;
const STEPS = 1000;
const ORDER = Uint32Array.from({ length: UNITS }, (_, row) => UNITS - 1 - row);
const ALL: Window = { from: 0, to: STEPS, top: 0, bottom: UNITS };

const filled = (value: number) => new Float64Array(UNITS).fill(value);
const picture = {
  ...{ units: UNITS, steps: STEPS, stride: 1, low: filled(-1), high: filled(1), mean: filled(0) },
  codes: new Uint8Array(UNITS * STEPS).fill(130),
};
const frame: ActivationFrame = {
  ...{ step: 3, axis: 'time', units: UNITS, steps: STEPS, space: null, names: null, picture },
  ...{
    input: [],
    timestamps: null,
    damage: [],
    history: null,
    source: { step: 3, wallTime: 0, header: {}, damaged: null, planes: new Map() },
  },
  ...{ examples: 1, example: 0, pictures: [picture] },
  measures: unitMeasures([], [], UNITS),
  health: Array.from({ length: UNITS }, () => 'active' as const),
};
const map = heatmap(picture, ORDER, { kind: 'diverging', limit: 1 });

let width: PropertyDescriptor | undefined;
beforeEach(() => {
  // The test's document lays nothing out.
  width = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'clientWidth');
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', {
    get: () => 800,
    configurable: true,
  });
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(readonly tell: () => void) {}
      observe = (): void => this.tell();
      disconnect = (): void => undefined;
    },
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  render(null, document.body);
  if (width) Object.defineProperty(HTMLElement.prototype, 'clientWidth', width);
});

/** A figure, what it told, and how to act on it. */
function mounted(window: Window = ALL, unit: number | null = null) {
  const told = { windows: [] as Window[], units: [] as (number | null)[], idle: 0 };
  const hover = signal<Hover | null>(null);
  const draw = () => (
    <HeatmapFigure
      {...{ figure: 0, frame, map, window, unit, hover, signs: null, clones: null, clock: false }}
      palette={paletteOf('diverging', 'light')}
      label="Heatmap of conv1"
      onWindow={(to) => told.windows.push(to)}
      onUnit={(to) => told.units.push(to)}
      onIdleWheel={() => told.idle++}
      tip={({ row }) => <b>{`row ${row}`}</b>}
    />
  );
  act(() => render(draw(), document.body));
  const canvas = document.querySelector<HTMLCanvasElement>('canvas[role=img]')!;
  canvas.setPointerCapture = () => undefined;
  const { map: plot } = figureLayout(800, UNITS, 0, unit !== null);
  const at = (step: number, row: number) => ({
    offsetX: plot.x + ((step + 0.5 - window.from) / (window.to - window.from)) * plot.width,
    offsetY: plot.y + ((row + 0.5) / UNITS) * plot.height,
  });
  const fire = (type: string, fields: object = {}) => {
    const event = new Event(type, { bubbles: true, cancelable: true });
    for (const [name, value] of Object.entries({ button: 0, deltaX: 0, ...fields })) {
      Object.defineProperty(event, name, { value });
    }
    act(() => void canvas.dispatchEvent(event));
    return event;
  };
  return { told, hover, canvas, at, fire, plot };
}

describe('the heatmap figure', () => {
  it('is a picture with words for those who cannot see it, and has the focus in reach', () => {
    const { canvas } = mounted();
    expect([canvas.getAttribute('aria-label'), canvas.tabIndex]).toEqual(['Heatmap of conv1', 0]);
  });

  it('tells what lies under the pointer', () => {
    const { hover, at, fire } = mounted();
    fire('pointermove', at(321, 5));
    expect(hover.value).toMatchObject({ step: 321, row: 5, figure: 0 });
    expect(document.querySelector('.tip')?.textContent).toBe('row 5');
    fire('pointerleave');
    expect(document.querySelector('.tip')).toBeNull();
  });

  it('chooses the unit of the row that is clicked, and lets go of it on the second click', () => {
    const once = mounted();
    once.fire('pointerdown', once.at(10, 2));
    once.fire('pointerup', once.at(10, 2));
    expect(once.told.units).toEqual([UNITS - 3]);
    const twice = mounted(ALL, UNITS - 3);
    twice.fire('pointerdown', twice.at(10, 2));
    twice.fire('pointerup', twice.at(10, 2));
    expect(twice.told.units).toEqual([null]);
  });

  it('zooms to the range dragged over the whole picture', () => {
    const { told, at, fire } = mounted();
    fire('pointerdown', at(200, 3));
    fire('pointermove', at(400, 9));
    fire('pointerup', at(400, 9));
    expect(told.units).toEqual([]);
    expect(told.windows).toEqual([{ from: 200, to: 401, top: 0, bottom: UNITS }]);
  });

  it('pans where it is zoomed already', () => {
    const { told, fire, plot } = mounted({ ...ALL, from: 400, to: 500 });
    fire('pointerdown', { offsetX: plot.x + 100, offsetY: plot.y + 50 });
    fire('pointermove', { offsetX: plot.x + 100 - plot.width / 2, offsetY: plot.y + 50 });
    expect(told.windows).toEqual([{ from: 450, to: 550, top: 0, bottom: UNITS }]);
  });

  it('lets the page scroll past until somebody works with it', () => {
    const { told, canvas, at, fire } = mounted();
    expect(fire('wheel', { deltaY: -100, ...at(500, 3) }).defaultPrevented).toBe(false);
    expect(told).toMatchObject({ idle: 1, windows: [] });
    canvas.focus();
    expect(fire('wheel', { deltaY: -100, ...at(500, 3) }).defaultPrevented).toBe(true);
    const [{ from, to }] = told.windows;
    expect((500.5 - from) / (to - from)).toBeCloseTo(0.5005);
    expect(to - from).toBeCloseTo(STEPS * Math.exp(-0.2));
  });

  it.each([
    ['+', { from: 150, to: 850 }],
    ['0', { from: 0, to: STEPS }],
  ])('obeys the key %s', (key, expected) => {
    const { told, fire } = mounted();
    expect(fire('keydown', { key }).defaultPrevented).toBe(true);
    expect(told.windows).toMatchObject([expected]);
  });

  it('leaves the arrows to the page unless they mean something here', () => {
    const whole = mounted();
    expect(whole.fire('keydown', { key: 'ArrowLeft' }).defaultPrevented).toBe(false);
    expect(whole.fire('keydown', { key: 'ArrowDown' }).defaultPrevented).toBe(false);
    const chosen = mounted({ ...ALL, from: 400, to: 500 }, 7);
    expect(chosen.fire('keydown', { key: 'ArrowRight' }).defaultPrevented).toBe(true);
    chosen.fire('keydown', { key: 'ArrowDown' });
    expect(chosen.told.windows[0]).toMatchObject({ from: 410, to: 510 });
    expect(chosen.told.units).toEqual([6]);
  });
});
