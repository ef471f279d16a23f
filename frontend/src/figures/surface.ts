/** Bitmaps that charts write pixels into. */
import type { Surface } from '../chart/heatmap_paint';

export function newSurface(): Surface {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  let image: ImageData | null = null;
  return {
    pixels: (width, height) => {
      if (image?.width !== width || image.height !== height) {
        canvas.width = width;
        canvas.height = height;
        image = new ImageData(width, height);
      }
      return new Uint32Array(image.data.buffer);
    },
    draw: (target, { x, y, width, height }) => {
      if (!image || !context) return;
      context.putImageData(image, 0, 0);
      const smooth = target.imageSmoothingEnabled;
      target.imageSmoothingEnabled = false;
      target.drawImage(canvas, x, y, width, height);
      target.imageSmoothingEnabled = smooth;
    },
  };
}
