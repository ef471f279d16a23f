/** The numbers of every run's profile, each with its band and the length it refers to. */
import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { frame } from '../../api';
import type { Scalars } from '../../amnesia';
import { useLoadedAll } from '../../ui/loaded';
import { Name } from '../../ui/name';
import { adopt } from '../../ui/style';
import { cellOf, COLUMNS, numbersOf, seen } from './numbers_data';
import type { Numbers } from './numbers_data';
import css from './numbers.css?inline';
import type { Shown } from './questions';
import { untrainedOf } from './untrained';

interface Props {
  readonly name: string;
  readonly shown: readonly Shown[];
  /** Rows of the Jacobian, of which there is no band. */
  readonly rows: boolean;
  /** Whether the nets before training stand below. */
  readonly untrained: boolean;
}

export function NumbersTable({ name, shown, rows, untrained }: Props): JSX.Element {
  useLayoutEffect(() => adopt(css), []);
  const before = untrained ? untrainedOf(name) : new Map<string, never>();
  const asked = rows ? [] : shown;
  const now = useLoadedAll(
    asked.map(({ run, step }) =>
      frame({ run, name, kind: 'input_gradients', step, planes: ['numbers'] }),
    ),
  );
  const known = asked.flatMap(({ run }) => {
    const at = before.get(run)?.steps[0];
    return at === undefined ? [] : [{ run, at }];
  });
  const then = useLoadedAll(
    known.map(({ run, at }) =>
      frame({ run, name, kind: 'untrained', step: at, planes: ['numbers'] }),
    ),
  );
  const bandsThen = new Map(known.map(({ run }, i) => [run, numbersOf(then[i].data)]));
  return (
    <div class="numbers">
      <table class="small">
        <thead>
          <tr>
            <th scope="col">run</th>
            {COLUMNS.map(({ title, flat }) => (
              <th key={title} scope="col">
                {title}
                <span class="muted">{flat}</span>
              </th>
            ))}
            <th scope="col">
              longest lag L<span class="muted">timesteps N</span>
            </th>
          </tr>
        </thead>
        {shown.map(({ run, colour, scalars, step }, i) => (
          <tbody key={run}>
            <Row
              title={<Name text={run} />}
              colour={colour}
              words={`step ${step}`}
              scalars={scalars}
              numbers={numbersOf(now[i]?.data ?? null)}
            />
            {asked.length > 0 && before.has(run) && (
              <Row
                title={<span class="muted">untrained</span>}
                colour={null}
                words=""
                scalars={before.get(run)!.last}
                numbers={bandsThen.get(run) ?? null}
              />
            )}
          </tbody>
        ))}
      </table>
      <p class="muted small">{footnote(shown, rows)}</p>
    </div>
  );
}

function Row(props: {
  readonly title: JSX.Element;
  readonly colour: string | null;
  readonly words: string;
  readonly scalars: Scalars | null;
  readonly numbers: Numbers | null;
}): JSX.Element {
  const { title, colour, scalars, numbers } = props;
  return (
    <tr>
      <th scope="row">
        <span class="swatch" style={{ background: colour ?? 'transparent' }} />
        {title}
        <span class="muted">{props.words}</span>
      </th>
      {scalars &&
        COLUMNS.map((column) => {
          const { value, band, title } = cellOf(column, scalars, numbers);
          return (
            <td key={column.name} title={title || undefined}>
              {value}
              {band && <span class="muted">{band}</span>}
            </td>
          );
        })}
      {scalars && (
        <td>
          {count(scalars['reach'])}
          <span class="muted">{count(seen(scalars))}</span>
        </td>
      )}
    </tr>
  );
}

function count(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '–' : value.toLocaleString('en-US');
}

function footnote(shown: readonly Shown[], rows: boolean): string {
  const examples = Math.max(0, ...shown.map(({ scalars }) => scalars?.['examples'] ?? 0));
  const bands = rows
    ? 'a row of the Jacobian has no bands'
    : examples < 5
      ? 'no bands below 5 examples'
      : `below: 95 % bootstrap bands over ${examples} examples`;
  return `Of the log-mean, channels combined; ${bands}. Numbers of different L do not compare.`;
}
