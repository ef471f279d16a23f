import { expect, it } from 'vitest';
import { decode } from './answer';
import example from './example.json';
import { report } from './report';

it('a report tells cause, evidence, consequences and fixes in their order', () => {
  const text = report(decode(example)!);
  const parts = [
    'relu-dead: 16 of 16 units',
    'The loss has not fallen since step 8',
    '1. CRITICAL Never-firing units in conv_2, since step 8',
    'Just before: The gradient of conv_2 jumped',
    '- units that never fired: 1, threshold 0.5',
    '   -> Constant over time in conv_3, since step 8',
    '(because conv_3 reads conv_2, none of whose units fires)',
    '      -> Amnesia in lstm',
    '   -> Frozen weights in conv_1',
    'Try: Lower the learning rate (learning_rate = 0.001). The gradient of conv_2',
    'Try: Use LeakyReLU in conv_2 (activation = leaky_relu)',
    'Notes\n- Cloned units in conv_1',
    '31 rules applied, 3 not applicable.',
  ];
  const places = parts.map((part) => text.indexOf(part));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

it('a clean report says how much was looked at', () => {
  const text = report(decode({ ...example, findings: [], health: { headline: '' } })!);
  expect(text).toBe('relu-dead: no finding\n\n31 rules applied, 3 not applicable.');
});
