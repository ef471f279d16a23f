/** What the predictions panel asks of the server. */
import { frame } from '../../api';
import type { RecordInfo, Request, RunInfo, Frame } from '../../api';
import { compared, nearestStep, recordIn, recordName, runOf, step } from '../../state';

export const KIND = 'predictions';

/** A run's table at a step. */
export interface Target {
  readonly run: RunInfo;
  readonly record: RecordInfo;
  readonly step: number;
}

/** What is looked at, and what it is compared with. */
export function targets(): readonly Target[] {
  const first = targetOf(runOf(KIND), step.value);
  if (!first) return [];
  const beside = compared(KIND);
  const second = beside && targetOf(beside.run, beside.step);
  return second ? [first, second] : [first];
}

function targetOf(run: RunInfo | null, wanted: number | null): Target | null {
  const record = recordIn(run, KIND, recordName[KIND].value);
  const at = record && nearestStep(record.steps, wanted);
  return run && record && at !== null ? { run, record, step: at } : null;
}

export function tableRequest({ run, record, step: at }: Target): Request<Frame> {
  return frame({ run: run.name, name: record.name, kind: KIND, step: at });
}
