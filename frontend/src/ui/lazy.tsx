/** A part of the page whose code is fetched when it is first shown. */
import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Draws nothing until the code has come; if it does not come, the next one shown asks again. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let found: ComponentType<Props> | null = null;
  return function Lazy(props: Props): JSX.Element | null {
    const [, arrived] = useState(false);
    useEffect(() => {
      if (found !== null) return;
      void load().then(
        (part) => {
          found = part;
          arrived(true);
        },
        () => undefined,
      );
    }, []);
    const Part = found;
    return Part === null ? null : <Part {...props} />;
  };
}
