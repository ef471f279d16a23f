/** The answer of `findings`, read with distrust: whatever is not as it should be is left out. */
import type { Fields } from '../../wire';
import { SEVERITIES } from './severity';
import type { Severity } from './severity';

/** A small chart: a line over training steps, or bars with one edge more than heights. */
export interface Picture {
  readonly kind: 'line' | 'bars';
  readonly x: readonly number[];
  /** NaN where nothing is known. */
  readonly y: readonly number[];
  readonly log: boolean;
  readonly yTitle: string;
}

export interface Evidence {
  readonly what: string;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly unit: string;
  readonly n: number | null;
  readonly source: string;
  /** The record that shows it, or nulls. */
  readonly kind: string | null;
  readonly name: string | null;
  readonly step: number | null;
  readonly picture: Picture | null;
}

export interface Fix {
  readonly action: string;
  readonly reason: string;
  readonly layer: string | null;
  readonly argument: string | null;
  readonly value: string | null;
  readonly weight: number;
}

export interface Rival {
  readonly title: string;
  readonly layer: string | null;
  readonly score: number | null;
  readonly refutedBy: string;
}

export interface Finding {
  readonly id: number;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly layer: string | null;
  /** All layers with the same fault, `layer` among them. */
  readonly layers: readonly string[];
  readonly firstStep: number | null;
  readonly message: string;
  /** Of the layer, 0 to 1. */
  readonly share: number | null;
  readonly evidence: readonly Evidence[];
  readonly causedBy: number | null;
  readonly because: string;
  readonly fixes: readonly Fix[];
  readonly rivals: readonly Rival[];
  /** What changed just before, in words. */
  readonly before: readonly string[];
}

export interface NotApplicable {
  readonly rule: string;
  readonly title: string;
  readonly layer: string | null;
  readonly reason: string;
}

/** What a rule says of itself. */
export interface RuleText {
  readonly title: string;
  readonly summary: string;
  readonly sections: readonly { readonly heading: string; readonly text: string }[];
}

/** One run's diagnosis. */
export interface Diagnosis {
  readonly run: string;
  readonly severity: Severity | null;
  readonly headline: string;
  readonly counts: ReadonlyMap<Severity, number>;
  /** What the faults do to the training, in a sentence; empty where that is not known. */
  readonly impact: string;
  /** Causes first, each followed by what follows from it. */
  readonly findings: readonly Finding[];
  readonly notApplicable: readonly NotApplicable[];
  readonly applied: number;
  readonly rules: ReadonlyMap<string, RuleText>;
}

/** Null where the answer is of another version than this page knows. */
export function decode(fields: Fields): Diagnosis | null {
  if (fields['version'] !== 1) return null;
  const findings = withKnownCauses(list(fields['findings']).flatMap(finding));
  const health = record(fields['health']);
  const counts = record(health['counts']);
  return {
    run: text(fields['run']),
    severity: severityOf(health['severity']),
    headline: text(health['headline']),
    counts: new Map(SEVERITIES.map((one) => [one, number(counts[one]) ?? 0])),
    impact: text(record(health['impact'])['sentence']),
    findings,
    notApplicable: list(fields['not_applicable']).map(notApplicable),
    applied: number(fields['applied']) ?? 0,
    rules: new Map(
      Object.entries(record(fields['rules'])).map(([name, rule]) => [name, ruleText(rule)]),
    ),
  };
}

/** A cause that is not there, or that would lead in a circle, explains nothing. */
function withKnownCauses(findings: readonly Finding[]): readonly Finding[] {
  const causes = new Map(findings.map(({ id, causedBy }) => [id, causedBy]));
  const ends = (start: number): boolean => {
    const seen = new Set<number>();
    for (let at: number | null = start; at !== null; at = causes.get(at) ?? null) {
      if (seen.has(at) || !causes.has(at)) return false;
      seen.add(at);
    }
    return true;
  };
  return findings.map((one) => (ends(one.id) ? one : { ...one, causedBy: null, because: '' }));
}

function finding(from: unknown): readonly Finding[] {
  const fields = record(from);
  const [id, severity, rule] = [
    number(fields['id']),
    severityOf(fields['severity']),
    text(fields['rule']),
  ];
  if (id === null || severity === null || rule === '') return [];
  const layer = name(fields['layer']);
  const layers = texts(fields['layers']);
  return [
    {
      id,
      rule,
      title: text(fields['title']) || rule,
      severity,
      layer,
      layers: layer !== null && !layers.includes(layer) ? [layer, ...layers] : layers,
      firstStep: number(fields['first_step']),
      message: text(fields['message']),
      share: number(fields['share']),
      evidence: list(fields['evidence']).map(evidence),
      causedBy: number(fields['caused_by']),
      because: text(fields['because']),
      fixes: list(fields['fixes'])
        .map(fix)
        .filter(({ action }) => action !== '')
        .sort((a, b) => b.weight - a.weight),
      rivals: list(fields['rivals']).map(rival),
      before: texts(fields['before']),
    },
  ];
}

function evidence(from: unknown): Evidence {
  const fields = record(from);
  return {
    what: text(fields['what']),
    value: number(fields['value']),
    threshold: number(fields['threshold']),
    unit: text(fields['unit']),
    n: number(fields['n']),
    source: text(fields['source']),
    kind: name(fields['kind']),
    name: name(fields['name']),
    step: number(fields['step']),
    picture: picture(fields['picture']),
  };
}

function picture(from: unknown): Picture | null {
  const fields = record(from);
  const kind = fields['kind'];
  if (kind !== 'line' && kind !== 'bars') return null;
  const [x, y] = [numbers(fields['x']), numbers(fields['y'])];
  const points = y.length + (kind === 'bars' ? 1 : 0);
  if (y.length === 0 || x.length !== points || x.some(Number.isNaN)) return null;
  return { kind, x, y, log: fields['log'] === true, yTitle: text(fields['y_title']) };
}

function fix(from: unknown): Fix {
  const fields = record(from);
  return {
    action: text(fields['action']),
    reason: text(fields['reason']),
    layer: name(fields['layer']),
    argument: name(fields['argument']),
    value: name(fields['value']),
    weight: number(fields['weight']) ?? 0,
  };
}

function rival(from: unknown): Rival {
  const fields = record(from);
  return {
    title: text(fields['title']) || text(fields['rule']),
    layer: name(fields['layer']),
    score: number(fields['score']),
    refutedBy: text(fields['refuted_by']),
  };
}

function notApplicable(from: unknown): NotApplicable {
  const fields = record(from);
  const rule = text(fields['rule']);
  return {
    rule,
    title: text(fields['title']) || rule,
    layer: name(fields['layer']),
    reason: text(fields['reason']),
  };
}

function ruleText(from: unknown): RuleText {
  const fields = record(from);
  return {
    title: text(fields['title']),
    summary: text(fields['summary']),
    sections: list(fields['sections']).map((one) => {
      const section = record(one);
      return { heading: text(section['heading']), text: text(section['text']) };
    }),
  };
}

function severityOf(from: unknown): Severity | null {
  return SEVERITIES.find((one) => one === from) ?? null;
}

function record(from: unknown): Fields {
  return typeof from === 'object' && from !== null && !Array.isArray(from) ? (from as Fields) : {};
}

function list(from: unknown): readonly unknown[] {
  return Array.isArray(from) ? from : [];
}

function text(from: unknown): string {
  return typeof from === 'string' ? from : '';
}

function texts(from: unknown): readonly string[] {
  return list(from).filter((one) => typeof one === 'string');
}

/** A name that may be any text, the empty one too. */
function name(from: unknown): string | null {
  return typeof from === 'string' ? from : null;
}

/** Infinities come by their names: JSON has none. */
function number(from: unknown): number | null {
  if (typeof from === 'number') return from;
  return from === 'Infinity' ? Infinity : from === '-Infinity' ? -Infinity : null;
}

function numbers(from: unknown): readonly number[] {
  return list(from).map((one) => number(one) ?? NaN);
}
