/** What a table of predictions says, as stored: tb_deepdebug/records/analysis.py in JSON. */

/** Null: not defined ("n/a"); infinities come as text. */
export type Num = number | 'inf' | '-inf' | null;

export interface Estimate {
  readonly value: Num;
  readonly low: Num;
  readonly high: Num;
}

export interface Condition {
  readonly column: string;
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=' | 'missing';
  readonly value: number | string;
}

export type Estimates = Readonly<Record<string, Estimate>>;

export interface Metrics {
  readonly rows: number;
  readonly groups: number;
  readonly positives: number | null;
  readonly model: Estimates;
  readonly baseline: Estimates | null;
  /** Model - baseline. */
  readonly difference: Estimates | null;
}

export interface Stratum {
  readonly text: string;
  readonly conditions: readonly Condition[];
  readonly small: boolean;
  readonly metrics: Metrics;
}

export interface Effect {
  readonly rows: number;
  readonly groups: number;
  readonly effect: Estimate;
  readonly p: Num;
  readonly q: Num;
}

export interface Slice {
  readonly text: string;
  readonly conditions: readonly Condition[];
  readonly on: 'loss' | 'gain';
  readonly found: Effect;
  readonly tested: Effect;
  readonly confirmed: boolean;
}

export interface Share {
  readonly count: number;
  readonly rows: number;
  readonly groups: number;
}

export interface Pattern {
  readonly text: string;
  readonly conditions: readonly Condition[];
  readonly source: 'user' | 'found';
  readonly losses: Share;
  readonly wins: Share;
  readonly difference: Estimate;
  readonly p: Num;
  readonly q: Num;
  readonly verdict: 'pattern' | 'none' | 'unknown';
}

export interface Bin {
  readonly low: number;
  readonly high: number;
  readonly rows: number;
  readonly mean: Num;
  readonly share: Estimate;
}

export interface Calibration {
  readonly model: readonly Bin[];
  readonly baseline: readonly Bin[] | null;
  readonly error: Estimate;
}

export interface Confusion {
  readonly classes: readonly string[];
  /** `[label][predicted]`. */
  readonly model: readonly (readonly number[])[];
  readonly baseline: readonly (readonly number[])[] | null;
  readonly threshold: number | null;
}

export interface Reversal {
  readonly metric: string;
  readonly column: string;
  readonly pooled: number;
  readonly strata: readonly (readonly [text: string, difference: number])[];
}

export interface Analysis {
  readonly task: 'binary' | 'multiclass' | 'regression';
  readonly unit: 'group' | 'row';
  readonly resamples: number;
  readonly confidence: number;
  readonly least_rows: number;
  readonly least_groups: number;
  readonly metrics: Metrics;
  readonly group_metrics: Metrics | null;
  readonly calibration: Calibration | null;
  readonly confusion: Confusion | null;
  readonly strata: readonly Stratum[];
  readonly slices: readonly Slice[];
  readonly patterns: readonly Pattern[];
  readonly reversals: readonly Reversal[];
  readonly tried: number;
  readonly notes: readonly string[];
}
