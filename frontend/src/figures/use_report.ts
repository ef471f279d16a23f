/** Tells a panel's card what it found, and how to save it, without drawing the card for nothing. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Exports, Panel } from '../ui/panel';

/**
 * `exports` is asked only when something is saved, and then for what is shown at that moment.
 * `drawn`: whether there is a picture to save.
 */
export function useReport(
  panel: Panel,
  headline: string | null,
  notes: readonly string[],
  exports: () => Exports,
  drawn = true,
): void {
  const latest = useRef(exports);
  latest.current = exports;
  const said = JSON.stringify(notes);
  useLayoutEffect(() => {
    panel.headline.value = headline;
  }, [panel, headline]);
  useLayoutEffect(() => {
    panel.notes.value = notes;
  }, [panel, said]);
  useLayoutEffect(() => {
    panel.exports.value = {
      ...(drawn && { png: () => latest.current().png?.() ?? null }),
      csv: () => latest.current().csv(),
      json: () => latest.current().json(),
    };
  }, [panel, drawn]);
}
