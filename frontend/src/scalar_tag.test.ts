import { expect, it } from 'vitest';
import { likelyTag, scalarTags } from './scalar_tag';

it.each([
  [[], null],
  [['accuracy', 'loss', 'val_loss'], 'loss'],
  [['epoch_accuracy', 'epoch_loss'], 'epoch_loss'],
  [['my/val_loss', 'lr'], 'my/val_loss'],
  [['deepdebug/apnea/log_loss', 'deepdebug/training/loss'], 'deepdebug/training/loss'],
  [['deepdebug/c/dead_fraction', 'lr'], 'lr'],
  [['deepdebug/c/dead_fraction'], 'deepdebug/c/dead_fraction'],
])('of %j the loss is %s', (tags, expected) => {
  expect(likelyTag(tags)).toBe(expected);
});

it('lists every tag once, ours last', () => {
  const run = (scalars: string[]) => ({ name: '', records: [], color_index: 0, scalars });
  expect(scalarTags([run(['deepdebug/x', 'a']), run(['a', 'b'])])).toEqual([
    'a',
    'b',
    'deepdebug/x',
  ]);
});
