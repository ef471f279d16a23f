/** Which classes are taken for which: the model's confusion matrix beside the baseline's. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { grouped, percentLabel } from '../../../chart/axis';
import { shortened } from '../../../ui/name';
import type { Confusion } from '../analysis';
import { FEW_CLASSES, MOST_CLASSES, rowShares, topConfusions } from './confusion_rows';
import type { Analysed } from './looks';
import { Part } from './parts';

const MOST_CONFUSIONS = 20;

export function ConfusionPart({ all }: { readonly all: readonly Analysed[] }): JSX.Element | null {
  const known = all.filter(({ analysis }) => analysis.confusion !== null);
  if (known.length === 0) return null;
  const { threshold, classes } = known[0].analysis.confusion!;
  const note = [
    threshold === null ? '' : `class 1 where the prediction is at least ${threshold}`,
    'shares of the rows with a label',
  ];
  return (
    <Part id="confusion" title="Confusion" note={note.filter(Boolean).join('; ')}>
      {known.map(({ name, analysis }) => (
        <OneConfusion
          key={name}
          name={known.length > 1 ? name : null}
          confusion={analysis.confusion!}
          isTable={classes.length <= MOST_CLASSES}
        />
      ))}
    </Part>
  );
}

interface OneProps {
  /** Null: there is only one. */
  readonly name: string | null;
  readonly confusion: Confusion;
  readonly isTable: boolean;
}

function OneConfusion({ name, confusion, isTable }: OneProps): JSX.Element {
  const of = name === null ? '' : ` of ${shortened(name, 40)}`;
  if (!isTable) return <TopList {...{ confusion }} title={`Most common confusions${of}`} />;
  const { classes, model, baseline } = confusion;
  return (
    <div class="report-matrices">
      <Matrix {...{ classes }} counts={model} title={`Model${of}`} />
      {baseline && <Matrix {...{ classes }} counts={baseline} title={`Baseline${of}`} />}
    </div>
  );
}

interface MatrixProps {
  readonly classes: readonly string[];
  readonly counts: Confusion['model'];
  readonly title: string;
}

function Matrix({ classes, counts, title }: MatrixProps): JSX.Element {
  const shares = useMemo(() => rowShares(counts), [counts]);
  const few = classes.length <= FEW_CLASSES;
  const short = (text: string): string => shortened(text, few ? 14 : 10);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Confusion: ${title}`}>
      <table class={few ? 'report-matrix' : 'report-matrix dense'}>
        <caption>{title}</caption>
        <thead>
          <tr>
            <th scope="col" class="muted corner">
              label ↓ predicted →
            </th>
            {classes.map((name, i) => (
              <th key={i} scope="col" title={name}>
                <span>{short(name)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, i) => (
            <tr key={i}>
              <th scope="row" title={classes[i]}>
                {short(classes[i])}
              </th>
              {row.map((count, j) => {
                const share = shares[i][j];
                const words = `${grouped(count)} of ${classes[i]} predicted ${classes[j]}: ${percentLabel(share)}`;
                return (
                  <td
                    key={j}
                    class={i === j ? 'right' : undefined}
                    // Of many classes each share is small: its root tells them apart.
                    style={{ '--share': few ? share || 0 : Math.sqrt(share || 0) }}
                    title={words}
                  >
                    {few ? (
                      <>
                        {Number.isNaN(share) ? 'n/a' : percentLabel(share)}
                        <br />
                        <span class="small">{grouped(count)}</span>
                      </>
                    ) : (
                      <span class="sr">{grouped(count)}</span>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TopList({
  confusion,
  title,
}: {
  readonly confusion: Confusion;
  readonly title: string;
}): JSX.Element {
  const { classes, baseline } = confusion;
  const top = useMemo(() => topConfusions(confusion, MOST_CONFUSIONS), [confusion]);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={title}>
      <table class="report-table">
        <caption>
          {title}, of {grouped(classes.length)} classes
        </caption>
        <thead>
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Predicted</th>
            <th scope="col">Model</th>
            {baseline && <th scope="col">Baseline</th>}
          </tr>
        </thead>
        <tbody>
          {top.map(({ label, predicted, model, baseline: other, share }) => (
            <tr key={`${label} ${predicted}`} class="first">
              <td>{shortened(classes[label], 40)}</td>
              <td>{shortened(classes[predicted], 40)}</td>
              <td>
                {grouped(model)} <span class="muted">{percentLabel(share)}</span>
              </td>
              {baseline && <td>{other === null ? 'n/a' : grouped(other)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
