/** The contract between the shell, which lays panels out, and a panel, which draws. */
import type { Signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import type { PanelKind } from '../wire';

/** A new panel is a file that exports its component, one of these in panels/registry.ts and a test. */
export interface PanelSpec {
  /** Also the card's `data-panel`. */
  readonly id: string;
  readonly title: string;
  /** What the picture answers, in one sentence for a newcomer. */
  readonly question: string;
  /**
   * The kind of record it shows; the card is empty where no shown run has any. Null: it tells of
   * runs as a whole, and no picture waits for it.
   */
  readonly kind: PanelKind | null;
  /** Whether there is no card at all where no run of the log has any. */
  readonly optional?: boolean;
  /** Whether its pictures need the whole width of the page. */
  readonly wide?: boolean;
  readonly component: ComponentType<PanelProps>;
}

export interface PanelProps {
  readonly panel: Panel;
}

export type Status =
  | { readonly state: 'loading' }
  | { readonly state: 'ready' }
  | { readonly state: 'empty'; readonly reason: string }
  | { readonly state: 'error'; readonly reason: string; readonly retry: () => void };

/** A table for CSV: column names, then rows. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly (string | number | null)[]>;
}

/** What the card's menu saves; each is called when asked for, and may have to ask the server. */
export interface Exports {
  /** Absent where there is no picture. */
  readonly png?: () => HTMLCanvasElement | null | Promise<HTMLCanvasElement | null>;
  readonly csv: () => Table | Promise<Table>;
  readonly json: () => unknown;
}

/**
 * A panel's line to its card. The bar on top of the page lets the person choose run, layer, step and
 * comparison; a panel's own tools are only those that no other panel shares. The component is mounted only while its kind exists in a shown run
 * and the card is unfolded; it draws its own tools at the top of its body.
 */
export interface Panel {
  /** Starts as `loading`; the body is hidden behind a skeleton until the first `ready`. */
  readonly status: Signal<Status>;
  /** The finding in words and numbers, beside the title: "12 of 16 units dead". */
  readonly headline: Signal<string | null>;
  /** Damage and the like: "step 40 of conv1 is damaged: the checksum does not match". */
  readonly notes: Signal<readonly string[]>;
  readonly exports: Signal<Exports | null>;
}
