import { describe, expect, test } from 'vitest';
import { encodeFrame, FrameDecoder } from '../../../src/runner/sandbox/channelFrames';
import type { HelperFrame } from '../../../src/runner/sandbox/channelFrames';
import { helperFrame } from './fakeHelper';

const output = helperFrame({ event: 'output', id: 3, fd: 1 }, Buffer.from('héllo'));
const taken = helperFrame({ event: 'taken', id: 3, bytes: 7 });

describe('frames of the channel', () => {
  test('come out whole however the bytes are cut', () => {
    const bytes = Buffer.concat([output, taken, output]);
    for (const size of [1, 2, 7, 8, 9, 50, bytes.length]) {
      const decoder = new FrameDecoder();
      const frames: HelperFrame[] = [];
      for (let start = 0; start < bytes.length; start += size) {
        frames.push(...decoder.push(bytes.subarray(start, start + size)));
      }
      expect(frames.map(({ event }) => event.event)).toEqual(['output', 'taken', 'output']);
      expect(frames[2]?.payload.toString()).toBe('héllo');
    }
  });

  test('are refused when they are larger than the helper ever sends', () => {
    const giant = Buffer.alloc(8);
    giant.writeUInt32BE(0xffffffff, 4);
    expect(() => new FrameDecoder().push(giant)).toThrow(/frame of/);
  });

  test.each([
    ['no JSON', Buffer.from('nonsense')],
    ['an unknown event', Buffer.from('{"event":"shell","id":1}')],
    ['a wrong type', Buffer.from('{"event":"taken","id":1,"bytes":"many"}')],
    [
      'an impossible exit code',
      Buffer.from(
        '{"event":"end","id":1,"cause":"exited","code":-5,"signal":null,"dropped":[0,0],"ms":1,"message":null}',
      ),
    ],
    [
      'a signal that is no name',
      Buffer.from(
        '{"event":"end","id":1,"cause":"signalled","code":null,"signal":"\\u001b[2J","dropped":[0,0],"ms":1,"message":null}',
      ),
    ],
  ])('are refused when they hold %s', (_, header) => {
    const prefix = Buffer.alloc(8);
    prefix.writeUInt32BE(header.length, 0);
    expect(() => new FrameDecoder().push(Buffer.concat([prefix, header]))).toThrow();
  });

  test('carry a request and its bytes', () => {
    const frame = encodeFrame({ op: 'stdin', id: 5, eof: true }, Buffer.from([1, 2, 255]));
    const headerBytes = frame.readUInt32BE(0);
    expect(JSON.parse(frame.toString('utf8', 8, 8 + headerBytes))).toEqual({
      op: 'stdin',
      id: 5,
      eof: true,
    });
    expect([...frame.subarray(8 + headerBytes)]).toEqual([1, 2, 255]);
  });
});
