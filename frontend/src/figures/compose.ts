/** Several canvases and what they are, as one picture to keep. */
import { colours } from '../ui/theme';

const TITLE = 30;
const CAPTION = 20;

/** Canvases side by side under a title; null where there is none. */
export function composed(
  title: string,
  captions: readonly string[],
  canvases: readonly (HTMLCanvasElement | null)[],
): HTMLCanvasElement | null {
  const parts = canvases.flatMap((canvas, i) => (canvas ? [{ canvas, caption: captions[i] }] : []));
  if (parts.length === 0) return null;
  const ratio = window.devicePixelRatio || 1;
  const head = Math.round((TITLE + CAPTION) * ratio);
  const picture = document.createElement('canvas');
  picture.width = parts.reduce((sum, { canvas }) => sum + canvas.width, 0);
  picture.height = head + Math.max(...parts.map(({ canvas }) => canvas.height));
  const context = picture.getContext('2d');
  if (!context) return null;
  const { text, muted, font } = colours.peek();
  context.textBaseline = 'middle';
  context.fillStyle = text;
  context.font = `500 ${15 * ratio}px ${font}`;
  context.fillText(title, 10 * ratio, (TITLE / 2 + 2) * ratio);
  context.fillStyle = muted;
  context.font = `${12 * ratio}px ${font}`;
  let x = 0;
  for (const { canvas, caption } of parts) {
    context.fillText(caption, x + 10 * ratio, (TITLE + CAPTION / 2) * ratio);
    context.drawImage(canvas, x, head);
    x += canvas.width;
  }
  return picture;
}
