/** Few points: each a disc with a soft edge. */
import { opacity, type Buffers, type Grid, type Points } from './scatter_raster';

export function addDots(grid: Grid, points: Points, buffers: Buffers): void {
  const { width, height, window, radius } = grid;
  const { x, y, codes, rgb, mask } = points;
  prepare(buffers, width * height);
  const { sums, restSums } = buffers;
  const wide = width / (window.right - window.left);
  const tall = height / (window.top - window.bottom);
  const reach = Math.ceil(radius);
  const stamp = stampOf(radius, reach);
  for (let i = 0; i < x.length; i++) {
    const column = Math.floor((x[i] - window.left) * wide);
    const line = Math.floor((window.top - y[i]) * tall);
    // NaN fails too.
    if (!(column >= -reach && column < width + reach && line >= -reach && line < height + reach)) {
      continue;
    }
    const isRest = mask !== null && mask[i] === 0;
    const colour = 3 * codes[i];
    for (let dy = -reach, k = 0; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++, k++) {
        const weight = stamp[k];
        const atX = column + dx;
        const atY = line + dy;
        if (weight === 0 || atX < 0 || atX >= width || atY < 0 || atY >= height) continue;
        const at = atY * width + atX;
        if (isRest) {
          restSums[at] += weight;
          continue;
        }
        sums[4 * at] += weight * rgb[colour];
        sums[4 * at + 1] += weight * rgb[colour + 1];
        sums[4 * at + 2] += weight * rgb[colour + 2];
        sums[4 * at + 3] += weight;
      }
    }
  }
}

function prepare(buffers: Buffers, size: number): void {
  if (buffers.restSums.length === size) {
    buffers.sums.fill(0);
    buffers.restSums.fill(0);
  } else {
    buffers.sums = new Float32Array(4 * size);
    buffers.restSums = new Float32Array(size);
  }
}

/** The share of each pixel that a disc covers. */
function stampOf(radius: number, reach: number): Float32Array {
  const side = 2 * reach + 1;
  return Float32Array.from({ length: side * side }, (_, k) => {
    const away = Math.hypot((k % side) - reach, Math.floor(k / side) - reach);
    return Math.min(1, Math.max(0, radius + 0.5 - away));
  });
}

/** Few points need not be faint to let crowds stand out. */
const LEAST = 0.75;

export function shadeDots(pixels: Uint32Array, { grey }: Points, buffers: Buffers): void {
  const { sums, restSums } = buffers;
  let most = 1;
  for (let at = 0; at < restSums.length; at++) {
    most = Math.max(most, sums[4 * at + 3], restSums[at]);
  }
  const { of, ofRest } = opacity(most, LEAST);
  const plain = (grey[2] << 16) | (grey[1] << 8) | grey[0];
  for (let at = 0; at < restSums.length; at++) {
    const weight = sums[4 * at + 3];
    if (weight > 0) {
      const share = 1 / weight;
      pixels[at] =
        ((of(weight) | 0) << 24) |
        ((sums[4 * at + 2] * share) << 16) |
        ((sums[4 * at + 1] * share) << 8) |
        (sums[4 * at] * share);
    } else {
      pixels[at] = restSums[at] > 0 ? ((ofRest(restSums[at]) | 0) << 24) | plain : 0;
    }
  }
}
