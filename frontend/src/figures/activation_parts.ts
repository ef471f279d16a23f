/** What every view of the activations panel gets to draw. */
import type { Clones } from '../chart/unit_clones';
import type { Panel } from '../ui/panel';
import type { ActivationFrame } from './activation_frame';
import type { Sorting } from './activation_sorting';
import type { View } from './activation_tools';
import type { Target } from './activation_views';

/** A target and what has come of it; null where its statistics can't be read. */
export interface Shown {
  readonly target: Target;
  readonly frame: ActivationFrame | null;
}

export interface ActivationsViewProps {
  readonly panel: Panel;
  /** One, or two that are compared. */
  readonly views: readonly Shown[];
  /** The frame of the first. */
  readonly first: ActivationFrame;
  /** The frame whose colours hold for all steps; null while each step has its own. */
  readonly reference: ActivationFrame | null;
  readonly sorting: Sorting;
  readonly clones: Clones | null;
  /** For the panel's card: damage and the like. */
  readonly notes: readonly string[];
  /** The views that the layer has. */
  readonly choices: readonly View[];
}
