/** Loss patterns: how common a condition is among the losses, against the wins. */
import type { JSX } from 'preact';
import type { Analysis, Pattern } from '../analysis';
import { condition } from '../choices';
import { textOf } from '../condition';
import type { Analysed } from './looks';
import { chanceText, estimateText, intervalOf, numberOf } from './numbers';
import { Fold, Part } from './parts';
import { counted, shareWords } from './sentence';
import { ShareBars } from './share_bars';
import { Typed } from './typed';

const VERDICTS: Readonly<Record<Pattern['verdict'], string>> = {
  pattern: 'a pattern',
  none: 'no pattern beyond chance',
  unknown: 'too few to tell',
};

const SOURCES: Readonly<Record<Pattern['source'], string>> = {
  user: 'asked for',
  found: 'found on one half, tested on the other',
};

export function Patterns({ of }: { readonly of: Analysed }): JSX.Element {
  const { patterns, unit } = of.analysis;
  const others = patterns.filter((pattern) => !isTold(pattern));
  return (
    <Part id="patterns" title="Loss patterns">
      <p class="muted small">
        A condition tells of losses only where it is more common among the losses than among the
        wins.
      </p>
      <List patterns={patterns.filter(isTold)} unit={unit} />
      {others.length > 0 && (
        <Fold summary={`${counted(others.length, 'condition')} found that are no pattern`}>
          <List patterns={others} unit={unit} />
        </Fold>
      )}
      <Typed of={of} />
    </Part>
  );
}

interface KnownProps {
  readonly pattern: Pattern;
  readonly unit: Analysis['unit'];
}

/** What was asked for is answered in any case. */
function isTold({ verdict, source }: Pattern): boolean {
  return verdict === 'pattern' || source === 'user';
}

function List({
  patterns,
  unit,
}: {
  readonly patterns: readonly Pattern[];
  readonly unit: Analysis['unit'];
}): JSX.Element | null {
  if (patterns.length === 0) return null;
  return (
    <ul class="report-patterns-list">
      {patterns.map((pattern, i) => (
        <li key={i}>
          <Known {...{ pattern, unit }} />
        </li>
      ))}
    </ul>
  );
}

function Known({ pattern, unit }: KnownProps): JSX.Element {
  const { text, source, losses, wins, difference, p, q, verdict } = pattern;
  const canonical = textOf(pattern.conditions);
  const chosen = condition.value === canonical;
  const chance = [chanceText('p', numberOf(p)), chanceText('q', numberOf(q))].filter(Boolean);
  return (
    <>
      <div class="report-pattern-head">
        <button
          class="link clip"
          title={`${text}\nclick: mark its rows`}
          aria-pressed={chosen}
          onClick={() => (condition.value = chosen ? null : canonical)}
        >
          {text}
        </button>
        <span data-pattern={verdict}>{VERDICTS[verdict]}</span>
        <span class="muted small">{SOURCES[source]}</span>
      </div>
      <ShareBars
        {...{ losses, wins }}
        difference={intervalOf(difference)}
        isPattern={verdict === 'pattern'}
      />
      <p class="small muted">
        {estimateText(intervalOf(difference), true)}
        {chance.length > 0 && `, ${chance.join(', ')}`}; {shareWords(losses, 'losses', unit)},{' '}
        {shareWords(wins, 'wins', unit)}
      </p>
    </>
  );
}
