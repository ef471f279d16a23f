/** What the scatter shows, and how: axes, colours, lines of users, what a drag does. */
import type { JSX } from 'preact';
import { Segments } from '../../figures/segments';
import { recordChoice, recordName, recordNames } from '../../state';
import { Choice } from '../../ui/view_bar';
import { acrossChoices, type Choice as Choosable, type Spread } from './axes';
import { across, brush, category, colourBy, dragging, joined, spread, view } from './choices';
import { colourChoices } from './colouring';
import { KIND } from './questions';
import { chosenOf, type Scatters } from './use_scatter';

const SPREADS: readonly Spread[] = ['probability', 'logit', 'rank'];

export function ScatterTools({ scatters }: { readonly scatters: Scatters }): JSX.Element {
  const [{ table }] = scatters.drawn;
  const names = recordNames(KIND);
  const colours = colourChoices(table);
  return (
    <div class="tools">
      {names.length > 1 && (
        <Choice
          label="Predictions"
          value={recordName[KIND].value ?? undefined}
          choices={names}
          onChoose={(to) => (recordChoice[KIND].value = to)}
        />
      )}
      <Keyed
        name="model against"
        choices={acrossChoices(table)}
        chosen={scatters.across}
        onChoose={(key) => {
          across.value = key;
          looksAnew();
        }}
      />
      {table.task !== 'regression' && (
        <Segments
          label="Scale of probabilities"
          name="as"
          value={scatters.spread}
          choices={SPREADS}
          onChoose={(to) => {
            spread.value = to;
            looksAnew();
          }}
        />
      )}
      <Keyed
        name="colour"
        choices={colours}
        chosen={chosenOf(colours, colourBy.value)}
        onChoose={(key) => {
          colourBy.value = key;
          category.value = null;
        }}
      />
      {table.group && (
        <label>
          <input
            type="checkbox"
            checked={joined.value}
            onChange={(event) => (joined.value = event.currentTarget.checked)}
          />
          <span>lines of users</span>
        </label>
      )}
      <Segments
        label="What a drag does"
        name="drag to"
        value={dragging.value}
        choices={['select', 'move']}
        onChoose={(to) => (dragging.value = to)}
      />
      <span class="hint small muted">a click looks at a row; the wheel comes closer</span>
    </div>
  );
}

/** A window and a rectangle of other axes mean nothing. */
function looksAnew(): void {
  view.value = null;
  brush.value = null;
}

function Keyed({
  name,
  choices,
  chosen,
  onChoose,
}: {
  readonly name: string;
  readonly choices: readonly Choosable[];
  readonly chosen: string;
  readonly onChoose: (key: string) => void;
}): JSX.Element {
  const words = choices.map((choice) => choice.name);
  // Two columns may go by the name of a third choice: places tell them apart.
  const place = choices.findIndex(({ key }) => key === chosen);
  return (
    <label>
      <span class="muted">{name}</span>
      <select
        class="select"
        aria-label={name}
        value={String(place)}
        onChange={(event) => onChoose(choices[Number(event.currentTarget.value)].key)}
      >
        {words.map((word, i) => (
          <option key={choices[i].key} value={String(i)}>
            {word.length > 60 ? `${word.slice(0, 59)}…` : word}
          </option>
        ))}
      </select>
    </label>
  );
}
