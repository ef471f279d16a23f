/** The checklist of a run: every check that it has, and those that it could have. */
import type { RecordInfo, RunInfo } from '../../api';
import { CATALOGUE, GROUPS, kindOf, titleOf } from './catalogue';
import type { CheckKind, Group } from './catalogue';
import { verdictAt } from './verdict';
import type { Standing } from './verdict';

export const KIND = 'check';

/** One line of the checklist. */
export interface Row {
  /** The record's name; the kind's where nothing was run. */
  readonly id: string;
  readonly title: string;
  readonly group: Group;
  readonly kind: CheckKind | null;
  readonly verdict: Standing;
  readonly record: RecordInfo | null;
}

/** In the order of the catalogue; what it does not know stands at the end. */
export function rowsOf(run: RunInfo): readonly Row[] {
  const records = run.records.filter(({ kind }) => kind === KIND);
  const known = CATALOGUE.flatMap((kind) => {
    const own = records.filter(({ name }) => kindOf(name) === kind);
    return own.length > 0 ? own.map(recorded) : [missing(kind)];
  });
  return [...known, ...records.filter(({ name }) => kindOf(name) === null).map(recorded)];
}

function recorded(record: RecordInfo): Row {
  const kind = kindOf(record.name);
  return {
    id: record.name,
    title: titleOf(record.name),
    group: kind?.group ?? 'other',
    kind,
    verdict: verdictAt(record.last?.['verdict']),
    record,
  };
}

function missing(kind: CheckKind): Row {
  const { id, title, group } = kind;
  return { id, title, group, kind, verdict: 'missing', record: null };
}

export interface GroupRows {
  readonly group: Group;
  readonly rows: readonly Row[];
}

/** Group by group, those without rows left out. */
export function grouped(rows: readonly Row[]): readonly GroupRows[] {
  return (Object.keys(GROUPS) as Group[])
    .map((group) => ({ group, rows: rows.filter((row) => row.group === group) }))
    .filter((one) => one.rows.length > 0);
}

export interface Column {
  readonly id: string;
  readonly title: string;
}

export interface Matrix {
  readonly columns: readonly Column[];
  /** Runs that have a check; the others are counted. */
  readonly lines: readonly { readonly run: RunInfo; readonly cells: readonly Standing[] }[];
  readonly without: number;
}

/** Verdicts of runs x checks, over every check that any of the runs has. */
export function matrixOf(runs: readonly RunInfo[]): Matrix {
  const tables = runs.map((run) => ({ run, rows: rowsOf(run).filter(({ record }) => record) }));
  const columns = new Map<string, Column>();
  const place = ({ id }: Column): number => {
    const at = CATALOGUE.findIndex((kind) => kind === kindOf(id));
    return at < 0 ? CATALOGUE.length : at;
  };
  for (const { rows } of tables) for (const { id, title } of rows) columns.set(id, { id, title });
  const ordered = [...columns.values()].sort((a, b) => place(a) - place(b));
  const having = tables.filter(({ rows }) => rows.length > 0);
  return {
    columns: ordered,
    lines: having.map(({ run, rows }) => ({
      run,
      cells: ordered.map(({ id }) => rows.find((row) => row.id === id)?.verdict ?? 'missing'),
    })),
    without: tables.length - having.length,
  };
}
