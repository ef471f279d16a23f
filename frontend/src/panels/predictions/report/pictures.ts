/** The report's pictures that are on the page, to be saved as one. */
export interface KeptPicture {
  readonly caption: string;
  readonly canvas: HTMLCanvasElement;
}

const kept = new Map<string, HTMLCanvasElement>();

export function keepPicture(caption: string, canvas: HTMLCanvasElement | null): void {
  if (canvas) kept.set(caption, canvas);
  else kept.delete(caption);
}

/** Those still on the page. */
export function reportPictures(): readonly KeptPicture[] {
  return [...kept].flatMap(([caption, canvas]) =>
    canvas.isConnected ? [{ caption, canvas }] : [],
  );
}
