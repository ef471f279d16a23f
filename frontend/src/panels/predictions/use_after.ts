/** What takes long is worked out after the picture that a person waits for. */
import { useEffect, useState } from 'preact/hooks';

/**
 * `make` of the newest `from`, once nothing newer has come for `rest` milliseconds; until then what
 * was made before, at first null.
 */
export function useAfter<T>(from: readonly unknown[], rest: number, make: () => T): T | null {
  const [made, setMade] = useState<{ readonly value: T } | null>(null);
  useEffect(() => {
    // A task of its own after the frame's: what was drawn is on the screen by then.
    let timer = 0;
    const frame = requestAnimationFrame(() => {
      timer = globalThis.setTimeout(() => setMade({ value: make() }), rest) as unknown as number;
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, from);
  return made && made.value;
}
