/** What is on the screen is drawn first; cards further down ask their questions after that. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { panels } from '../panels/registry';
import { folded, recordNames } from '../state';

/** In a page of fewer CSS pixels the first card fills the screen. */
const TALL = 1000;
/** A first card that takes longer must not keep the others waiting. */
const PATIENCE_MS = 1500;

export interface FirstScreen {
  /** Whether a card may draw already. */
  readonly shows: (id: string) => boolean;
  /** Told on every draw of a card whether it has something to show. */
  readonly settled: (id: string, done: boolean) => void;
}

/** Marks the moment at which the first screen is drawn; benchmarks wait for it. */
export function useFirstScreen(): FirstScreen {
  const [all, setAll] = useState(window.innerHeight >= TALL);
  const done = useRef(new Map<string, boolean>());
  const marked = useRef(false);
  const first = firstToDraw();
  const shows = (id: string): boolean => all || id === first || !isPicture(id);

  useEffect(() => {
    const showAll = (): void => setAll(true);
    const timer = window.setTimeout(showAll, PATIENCE_MS);
    window.addEventListener('scroll', showAll, { once: true });
    return () => {
      window.clearTimeout(timer);
      window.removeEventListener('scroll', showAll);
    };
  }, []);

  const settled = (id: string, isDone: boolean): void => {
    done.current.set(id, isDone);
    const waiting = panels.value.some(
      ({ id: other }) => isPicture(other) && shows(other) && !done.current.get(other),
    );
    if (marked.current || waiting) return;
    marked.current = true;
    afterPaint(() => {
      performance.mark('dd-painted');
      document.documentElement.setAttribute('data-dd-painted', '');
      setAll(true);
    });
  };
  return { shows, settled };
}

/** The first card that is unfolded and has data. */
function firstToDraw(): string | null {
  const drawing = panels.value.filter(({ id }) => !folded.value.includes(id));
  return drawing.find(({ kind }) => kind && recordNames(kind).length > 0)?.id ?? null;
}

/** A panel that tells of whole runs has to read them; what can be drawn at once is not kept back. */
function isPicture(id: string): boolean {
  return panels.value.find((panel) => panel.id === id)?.kind !== null;
}

/** In a task after the next frame's: what is drawn now has then been handed to the screen. */
function afterPaint(action: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    action();
  };
  requestAnimationFrame(() => port2.postMessage(null));
}
