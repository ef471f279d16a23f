/** The tab's own chart code on a bare page: what one paint costs, without the page around it. */
import { paletteOf } from '../../frontend/src/chart/colour_palette';
import { colourScale } from '../../frontend/src/chart/colour_scale';
import { heatmap } from '../../frontend/src/chart/heatmap';
import type { UnitHealth } from '../../frontend/src/chart/heatmap_health';
import { figureLayout } from '../../frontend/src/chart/heatmap_layout';
import { paintMap } from '../../frontend/src/chart/heatmap_paint';
import type { Picture } from '../../frontend/src/chart/heatmap_picture';
import { layoutAmnesia } from '../../frontend/src/chart/line_amnesia';
import type { Profile } from '../../frontend/src/chart/line_amnesia';
import { paintAmnesia } from '../../frontend/src/chart/line_amnesia_paint';
import { newSurface } from '../../frontend/src/figures/surface';
import { decodeEnvelope } from '../../frontend/src/wire';
import { context, INK, noise, TIMESTEPS, type Paint, type Prepare } from './page';
import { brushOf, metricsOf, scatterOf } from './scatter';

const WIDTH = 1200;

/** `units` rows of 4,096 timesteps. */
function heatmapOf(units: number): Prepare {
  const codes = Uint8Array.from(noise(units * TIMESTEPS), (value) => 5 + Math.floor(250 * value));
  const filled = (value: number): Float64Array => new Float64Array(units).fill(value);
  const order = Uint32Array.from({ length: units }, (_, unit) => unit);
  const health = Array.from(order, (unit): UnitHealth => (unit % 8 ? 'active' : 'dead'));
  const layout = figureLayout(WIDTH, units, 0, false);
  const common = { layout, health, signs: null, names: null, unit: null, ticks: [], axisName: 't' };
  return () => {
    const scales = { low: filled(-1), high: filled(1), mean: filled(0) };
    const picture: Picture = { units, steps: TIMESTEPS, stride: 1, codes, ...scales };
    const scale = colourScale([picture]);
    const map = heatmap(picture, order, scale);
    const surfaces = { map: newSurface(), strip: newSurface() };
    const palette = paletteOf(scale.kind, 'light');
    return (from, to) => {
      const window = { from, to, top: 0, bottom: units };
      paintMap(context, { ...common, map, palette, window }, surfaces, INK);
    };
  };
}

/** `count` runs of 4,096 timesteps each. */
function amnesiaOf(count: number): Prepare {
  const profiles = Array.from({ length: count }, (_, run) => profileOf(run));
  return () => (from, to) => {
    const window = [from, to] as const;
    const input = { profiles, earlier: [], axis: 'timestep', relative: false, window } as const;
    paintAmnesia(context, layoutAmnesia(input, WIDTH, 340), INK);
  };
}

function profileOf(run: number): Profile {
  const t = Uint32Array.from({ length: TIMESTEPS }, (_, i) => i);
  const values = noise(TIMESTEPS, run + 1);
  const log10 = Float32Array.from(t, (i) => values[i] - Math.abs(i - 2048) / 600);
  return {
    run: `run ${run}`,
    colour: `hsl(${(run * 47) % 360} 60% 45%)`,
    step: 1,
    outputStep: 2048,
    timesteps: TIMESTEPS,
    t,
    log10,
    states: new Uint8Array(TIMESTEPS),
    low: null,
    high: null,
    near: 0,
    log10Floor: -37.9,
  } as Profile;
}

const frame = (): Promise<number> => new Promise(requestAnimationFrame);

/** Milliseconds until the first picture is handed over to the screen. */
async function first(prepare: Prepare): Promise<number> {
  context.canvas.width = WIDTH;
  await frame();
  await frame();
  const start = performance.now();
  prepare()(0, TIMESTEPS);
  await frame();
  // A task after the frame's: the browser has painted in between.
  await new Promise((done) => setTimeout(done, 0));
  return performance.now() - start;
}

type Kind = 'pan' | 'zoom' | 'brush' | 'metrics' | 'idle';

/** Milliseconds of some frames with a paint each: `pan` slides, others go closer and back. */
async function move(paint: Paint, kind: Kind, frames: number): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < frames; i++) {
    await frame();
    const turn = (1 - Math.cos((2 * Math.PI * i) / frames)) / 2;
    const width = kind === 'pan' ? TIMESTEPS / 2 : TIMESTEPS * (1 - 0.9 * turn);
    const from = (TIMESTEPS - width) * (kind === 'pan' ? turn : 0.5);
    if (kind !== 'idle') paint(from, from + width);
  }
  await frame();
  return performance.now() - start;
}

/** Milliseconds to check, inflate and type an answer of the server that is in memory. */
async function decode(address: string): Promise<number> {
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
  const start = performance.now();
  const { planes } = await decodeEnvelope(bytes);
  const taken = performance.now() - start;
  for (const { name, damaged } of planes.values()) if (damaged) throw new Error(name + damaged);
  return taken;
}

Object.assign(window, { heatmapOf, amnesiaOf, scatterOf, brushOf, metricsOf, first, move, decode });
