/** What the charts of the bare page share: the canvas, its colours, and what a paint is. */
export const TIMESTEPS = 4096;

export const INK = {
  surface: '#fff',
  raised: '#fff',
  text: '#222',
  muted: '#666',
  line: '#ccc',
  grid: '#eee',
  accent: '#d60',
  void: '#ddd',
  font: 'sans-serif',
};

/** Paints the timesteps in `[from, to)`. */
export type Paint = (from: number, to: number) => void;
/** From data in memory to what can be painted; the part that first paints pay for. */
export type Prepare = () => Paint;

export const context = (document.getElementById('canvas') as HTMLCanvasElement).getContext('2d')!;

/** In [0, 1); seeded, so that every run paints the same. */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}
