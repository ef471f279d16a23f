/** The checks there are: what each is called, what it is good for, and how it is run. */

export interface CheckKind {
  /** The first part of its record's name. */
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  /** Why one would want it, in one line. */
  readonly why: string;
  readonly code: string;
}

export const GROUPS = {
  before: 'Before training',
  simple: 'Against a simple model',
  other: 'Other checks',
} as const;

export type Group = keyof typeof GROUPS;

const IMPORT = 'import tb_deepdebug as dd\n\n';

export const CATALOGUE: readonly CheckKind[] = [
  {
    id: 'inputs',
    title: 'Input pipeline',
    group: 'before',
    why: 'Finds NaN, wrong scales, padding, repeated batches and shuffled labels before the net does.',
    code: `${IMPORT}for batch in dd.checks.inspect_inputs(dataset, logdir="logs/run1"):
    ...  # train as ever: the batches pass through unchanged`,
  },
  {
    id: 'overfit_small',
    title: 'Overfitting a few examples',
    group: 'before',
    why: 'A net that can’t fit a few dozen examples has a fault that more data will not cure.',
    code: `${IMPORT}print(dd.checks.overfit_small(model, x, y, logdir="logs/run1"))`,
  },
  {
    id: 'synthetic_task',
    title: 'Synthetic task',
    group: 'before',
    why: 'Tells whether this architecture can learn what your task needs, on labels made from its inputs.',
    code: `${IMPORT}task = "first_minus_last"  # or another of dd.checks.TASKS
print(dd.checks.synthetic_task(model, x, task, groups=users, logdir="logs/run1"))`,
  },
  {
    id: 'memory_ladder',
    title: 'Memory ladder',
    group: 'before',
    why: 'Tells how far back this architecture can be taught to look.',
    code: `${IMPORT}print(dd.checks.memory_ladder(model, x, groups=users, logdir="logs/run1"))`,
  },
  {
    id: 'pretrain',
    title: 'Pretraining',
    group: 'before',
    why: 'Begins the real training with weights that have learned a synthetic task, and says what it gains.',
    code: `${IMPORT}task = "first_minus_last"  # or another of dd.checks.TASKS
print(dd.checks.pretrain(model, task, x, y, groups=users, logdir="logs/run1"))`,
  },
  {
    id: 'baseline',
    title: 'Simple baseline',
    group: 'simple',
    why: 'A deep net that does not beat logistic regression is not worth weeks of training.',
    code: `${IMPORT}print(dd.checks.baseline(x, y, predictions, groups=users, logdir="logs/run1"))`,
  },
];

/** The kind of a record by its name; null for those that a later version writes. */
export function kindOf(name: string): CheckKind | null {
  const first = name.split('/', 1)[0];
  return CATALOGUE.find(({ id }) => id === first) ?? null;
}

/** "Synthetic task: day minus night"; the name as it is where the kind is not known. */
export function titleOf(name: string): string {
  const kind = kindOf(name);
  const detail = detailOf(name, kind);
  if (!kind) return name;
  return detail === '' ? kind.title : `${kind.title}: ${detail}`;
}

/** The same where room is dear: of many tasks each by its own name. */
export function shortTitleOf(name: string): string {
  const kind = kindOf(name);
  const detail = detailOf(name, kind);
  return kind?.id === 'synthetic_task' && detail !== '' ? `Task: ${detail}` : titleOf(name);
}

function detailOf(name: string, kind: CheckKind | null): string {
  return kind
    ? name
        .slice(kind.id.length + 1)
        .replaceAll('_', ' ')
        .trim()
    : '';
}
