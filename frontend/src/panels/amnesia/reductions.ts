/** Ways to reduce the examples to one curve, as people call them. */
const NAMES: Readonly<Record<string, string>> = {
  log_mean: 'log-mean',
  mean: 'mean',
  rms: 'RMS',
  signed_mean: 'signed mean',
};

/** A reduction of a later version goes by its own name. */
export function reductionName(reduction: string): string {
  return NAMES[reduction] ?? reduction;
}
