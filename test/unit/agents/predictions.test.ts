import { describe, expect, test } from 'vitest';
import { byModel, parsePredictions, predictionsOf } from '../../../src/runner/agents/predictions';

const one = { instance_id: 'a__b-1', model_name_or_path: 'me', model_patch: 'diff' };
const read = (value: unknown): unknown =>
  parsePredictions(typeof value === 'string' ? value : JSON.stringify(value), 'p').predictions;
const expected = [{ taskId: 'a__b-1', model: 'me', patch: 'diff' }];

describe('predictions', () => {
  test.each<[string, unknown]>([
    ['JSON lines', `${JSON.stringify(one)}\n\n`],
    ['JSON lines with CRLF and a byte order mark', `\uFEFF${JSON.stringify(one)}\r\n`],
    ['a list', [one]],
    ['an object by id', { 'a__b-1': one }],
    ['an object by id without ids inside', { 'a__b-1': { model: 'me', model_patch: 'diff' } }],
    ['one object', one],
    ['camel case', [{ instanceId: 'a__b-1', modelNameOrPath: 'me', modelPatch: 'diff' }]],
    ['the key prediction', [{ instance_id: 'a__b-1', model: 'me', prediction: 'diff' }]],
    ['the key patch', [{ task_id: 'a__b-1', model: 'me', patch: 'diff' }]],
    ['the same twice', [one, one]],
    ['the same under two keys', [{ ...one, patch: 'diff' }]],
  ])('%s', (_, value) => {
    expect(read(value)).toEqual(expected);
  });

  test('null and empty patches are nothing handed in', () => {
    expect(read([{ ...one, model_patch: null }])).toMatchObject([{ patch: '' }]);
    expect(read({ 'a__b-1': null })).toMatchObject([{ patch: '', model: null }]);
    expect(read({ 'a__b-1': 'diff' })).toMatchObject([{ patch: 'diff' }]);
  });

  test('what was done to read them is said', () => {
    const { notes } = parsePredictions(
      JSON.stringify([one, one, { ...one, instance_id: 'c', model_patch: 'a\r\nb' }]),
      'p.json',
    );
    expect(notes).toEqual([
      'p.json[1]: "a__b-1" again, the same',
      'p.json[2]: the patch of "c" has CRLF line ends',
    ]);
  });

  test.each<[string, unknown, RegExp]>([
    ['two different ones', [one, { ...one, model_patch: 'other' }], /p\[1\]: a second, different/],
    ['no id', [{ model_patch: 'diff' }], /no instance_id/],
    ['no patch', [{ instance_id: 'a' }], /none of model_patch/],
    ['two patches', [{ ...one, prediction: 'other' }], /differ/],
    ['ids that differ', { x: one }, /"a__b-1" inside and "x" outside/],
    ['a number as patch', [{ ...one, model_patch: 7 }], /model_patch/],
    ['no JSON', 'diff --git a b', /p:1: not JSON/],
    ['nothing', '', /no prediction in it/],
  ])('%s is refused', (_, value, message) => {
    expect(() => read(value)).toThrow(message);
  });

  test('of several models stand beside each other; whose are meant has to be said', () => {
    const other = { ...one, model_name_or_path: 'you', model_patch: 'other' };
    const nobody = { instance_id: 'c', model_patch: 'x' };
    const { predictions } = parsePredictions(JSON.stringify([one, other, nobody]), 'p');
    expect([...byModel(predictions)].map(([name, own]) => [name, own.length])).toEqual([
      ['me', 1],
      ['you', 1],
      ['None', 1],
    ]);
    expect(predictionsOf(predictions, 'you')).toMatchObject([{ patch: 'other' }]);
    expect(() => predictionsOf(predictions, undefined)).toThrow(/me, you, None/);
    expect(() => predictionsOf(predictions, 'they')).toThrow(/no predictions of "they"/);
    expect(predictionsOf(byModel(predictions).get('me') ?? [], undefined)).toHaveLength(1);
  });

  test('that may be the same model’s twice are refused', () => {
    const unnamed = { instance_id: one.instance_id, model_patch: 'other' };
    expect(() => read([one, unnamed])).toThrow(/second, different/);
  });
});
