/** What of one row is looked at; kept in the address. */
import { recordChoice, recordName } from '../../state';
import { LAYER_KINDS } from '../../shown_layers';
import { chooseRecord } from '../../ui/rail';
import { optional, persisted, text } from '../../url';
import type { Layer } from './one_example_data';

/** A layer that no other panel shows; null: that of the activations panel. */
const own = persisted<string | null>('example.layer', null, optional(text));

/** The layer that is shown: the chosen one, that of the activations panel, or the first. */
export function shownLayer(layers: readonly Layer[]): Layer | null {
  const named = (name: string | null): Layer | undefined =>
    name === null ? undefined : layers.find((layer) => layer.name === name);
  return named(own.value) ?? named(recordName.activations.value) ?? layers[0] ?? null;
}

/** All panels follow, as far as they have the layer. */
export function chooseLayer(name: string, ofPanel: readonly string[]): void {
  const shared = ofPanel.includes(name);
  own.value = shared ? null : name;
  if (shared && recordChoice.activations.value !== name) chooseRecord(name, LAYER_KINDS);
}
