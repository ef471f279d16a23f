/** What follows from what: the findings of a run as trees, a cause at each root. */
import type { Diagnosis, Finding } from './answer';
import { gravity } from './severity';

export interface Tree {
  readonly finding: Finding;
  readonly follows: readonly Tree[];
}

/** In the order of the answer; what explains itself by nothing is a root. */
export function trees(findings: readonly Finding[]): readonly Tree[] {
  const below = new Map<number | null, Finding[]>();
  for (const one of findings) {
    const known = below.get(one.causedBy);
    if (known) known.push(one);
    else below.set(one.causedBy, [one]);
  }
  const grow = (id: number | null): readonly Tree[] =>
    (below.get(id) ?? []).map((finding) => ({ finding, follows: grow(finding.id) }));
  return grow(null);
}

/** A consequence and how many links lie between it and the cause, from 0. */
export interface Link {
  readonly finding: Finding;
  readonly depth: number;
}

/** All that follows from a cause, each before what follows from it. */
export function consequences({ follows }: Tree, depth = 0): readonly Link[] {
  return follows.flatMap((tree) => [
    { finding: tree.finding, depth },
    ...consequences(tree, depth + 1),
  ]);
}

/** A note matters where something graver follows from it; the rest is for the curious. */
export function isNote(tree: Tree): boolean {
  return (
    gravity(tree.finding.severity) <= gravity('INFO') &&
    consequences(tree).every(({ finding }) => gravity(finding.severity) <= gravity('INFO'))
  );
}

/** How many links lie between a finding and its cause; 0 for a cause. */
export function depthOf({ findings }: Diagnosis): ReadonlyMap<number, number> {
  const depths = new Map<number, number>();
  const visit = ({ finding, follows }: Tree, depth: number): void => {
    depths.set(finding.id, depth);
    for (const tree of follows) visit(tree, depth + 1);
  };
  for (const tree of trees(findings)) visit(tree, 0);
  return depths;
}
