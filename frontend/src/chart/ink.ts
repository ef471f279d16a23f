/** What the charts are drawn with besides their own colour maps: CSS colours and a font. */
export interface Ink {
  readonly surface: string;
  readonly raised: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly grid: string;
  readonly accent: string;
  /** Hatching where there is no data. */
  readonly void: string;
  readonly font: string;
}

/** The part of a canvas context that charts use; a test can pass its own. */
export type Context = CanvasRenderingContext2D;

/** Sets the font of labels, in CSS pixels. */
export function label(context: Context, { font }: Ink, size = 11, weight = 400): void {
  context.font = `${weight} ${size}px ${font}`;
}

/** A text cut with an ellipsis to at most `width` pixels of the context's font. */
export function fitted(context: Context, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low > 0 ? `${text.slice(0, low)}…` : '';
}

/** The same cut at its front: of paths the end tells most. */
export function fittedTail(context: Context, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const letters = [...text].reverse();
  let kept = '';
  for (const letter of letters) {
    if (context.measureText(`…${letter}${kept}`).width > width) break;
    kept = letter + kept;
  }
  return kept === '' ? '' : `…${kept}`;
}

/** Diagonal lines in a rectangle: nothing was recorded here. */
export function hatch(
  context: Context,
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  colour: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  for (let at = x - height; at < x + width; at += 6) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}
