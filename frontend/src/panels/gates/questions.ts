/** What the gates panel asks of the server. */
import { frame, series } from '../../api';
import type { RecordInfo, RunInfo } from '../../api';
import { compared, nearestStep, recordIn, recordName, runOf, step } from '../../state';
import type { GatesFrame } from './data';

export const KIND = 'gates';
const MOST_STEPS = 300;

/** What is looked at: a run's layer at a step. */
export interface GatesView {
  readonly run: RunInfo;
  readonly record: RecordInfo;
  readonly step: number;
  readonly shown: GatesFrame | null;
}

export function gateTargets(): readonly Omit<GatesView, 'shown'>[] {
  const first = targetOf(runOf(KIND), step.value);
  if (!first) return [];
  const beside = compared(KIND);
  const second = beside && targetOf(beside.run, beside.step);
  return second ? [first, second] : [first];
}

function targetOf(run: RunInfo | null, wanted: number | null): Omit<GatesView, 'shown'> | null {
  const record = recordIn(run, KIND, recordName[KIND].value);
  const at = record && nearestStep(record.steps, wanted);
  return run && record && at !== null ? { run, record, step: at } : null;
}

export function frameOf(run: RunInfo, record: RecordInfo, at: number) {
  return frame({ run: run.name, name: record.name, kind: KIND, step: at });
}

export function historyOf(run: RunInfo, record: RecordInfo) {
  const vectors = ['left_share', 'right_share'];
  return series({ run: run.name, name: record.name, kind: KIND, vectors, limit: MOST_STEPS });
}
