/** A part of the page whose code is fetched when it is first shown. */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

let together: Promise<unknown>[] = [];

/** Settles when all code that is asked for in this tick is there: its questions are then one batch. */
async function inOneGo<T>(part: Promise<T>): Promise<T> {
  const group = together;
  group.push(part);
  if (group.length === 1) queueMicrotask(() => (together = []));
  await null;
  await Promise.allSettled(group);
  return part;
}

/**
 * Draws nothing until the code has come; if it does not come, the next one shown asks again. Parts
 * that are first shown together appear together.
 *
 * `needed`: throws, for the guard around it, where the code does not come.
 */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  needed = false,
): ComponentType<Props> {
  let found: ComponentType<Props> | null = null;
  return function Lazy(props: Props): JSX.Element | null {
    const [, arrived] = useState(false);
    const [missing, setMissing] = useState<unknown>(null);
    useEffect(() => {
      if (found !== null) return;
      void inOneGo(load()).then(
        (part) => {
          found = part;
          arrived(true);
        },
        (error: unknown) => setMissing(error),
      );
    }, []);
    if (needed && missing !== null) throw missing;
    const Part = found;
    return Part === null ? null : <Part {...props} />;
  };
}
