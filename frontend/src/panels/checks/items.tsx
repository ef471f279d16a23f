/** What a check looked at, one by one: what failed first, each with the next thing to do. */
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import type { Item } from './answer';
import { Next } from './next';
import { Said } from './said';
import { countWords, urgentFirst } from './verdict';
import { VerdictMark } from './verdict_mark';

const MOST = 20;

export function Items({
  items,
  onPicture,
}: {
  readonly items: readonly Item[];
  /** Null where there is one picture only, which needs no link. */
  readonly onPicture: ((picture: number) => void) | null;
}): JSX.Element | null {
  const [all, setAll] = useState(false);
  const ordered = useMemo(() => urgentFirst(items), [items]);
  if (items.length === 0) return null;
  return (
    <section class="items" aria-label="Looked at">
      <h4>{countWords(items)}</h4>
      <ul>
        {ordered.slice(0, all ? undefined : MOST).map((item, i) => (
          <li key={i} data-verdict={item.verdict}>
            <VerdictMark verdict={item.verdict} />
            <span class="item-name">{item.name}</span>
            <div class="item-says">
              <p>
                <Said text={item.sentence} />{' '}
                {onPicture && item.picture !== null && (
                  <button class="link small" onClick={() => onPicture(item.picture!)}>
                    See the picture
                  </button>
                )}
              </p>
              {item.next !== '' && (
                <p>
                  <Next text={item.next} />
                </p>
              )}
            </div>
          </li>
        ))}
      </ul>
      {!all && items.length > MOST && (
        <button class="link" onClick={() => setAll(true)}>
          Show all {items.length}
        </button>
      )}
    </section>
  );
}
