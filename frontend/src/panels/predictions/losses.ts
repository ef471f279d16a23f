/** Row by row: the loss of model and baseline, and which of both wins. */
import { LEAST_PROBABILITY } from './axes';
import type { Scores, Table } from './table';

export interface Losses {
  /** NaN: no label or no prediction. */
  readonly model: Float32Array;
  readonly baseline: Float32Array | null;
  /** The baseline's loss less the model's, or minus the model's where there is no baseline. */
  readonly gain: Float32Array;
}

const known = new WeakMap<Table, Losses>();

/** Log loss of classes, absolute error of values (made once for each table). */
export function lossesOf(table: Table): Losses {
  const found = known.get(table);
  if (found) return found;
  const model = lossOf(table, table.model);
  const baseline = table.baseline && lossOf(table, table.baseline);
  const gain = model.map((loss, i) => (baseline ? baseline[i] - loss : -loss));
  const losses = { model, baseline, gain };
  known.set(table, losses);
  return losses;
}

function lossOf({ task, label }: Table, { prediction, probability }: Scores): Float32Array {
  const loss = new Float32Array(label.length);
  for (let i = 0; i < loss.length; i++) {
    switch (task) {
      case 'binary':
        loss[i] = logLoss(label[i] === 1 ? prediction[i] : 1 - prediction[i]) + 0 * label[i];
        break;
      case 'multiclass':
        loss[i] = probability
          ? logLoss(probability[i]) + 0 * label[i]
          : Number(prediction[i] !== label[i]) + 0 * (label[i] + prediction[i]);
        break;
      case 'regression':
        loss[i] = Math.abs(prediction[i] - label[i]);
        break;
      default:
        return task satisfies never;
    }
  }
  return loss;
}

function logLoss(probability: number): number {
  return -Math.log(Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, probability)));
}
