import { describe, expect, it } from 'vitest';
import { Clock, roundDuration } from '../../../../src/runner/agents/aide/clock';
import type { AgentContext } from '../../../../src/runner/agents/agent';
import type { RunConfigInput } from '../../../../src/runner/model';
import { resolveStageLimits, runConfigSchema } from '../../../../src/runner/model';

function clockOf(
  agent: number,
  remaining: () => number,
  { config = {}, now = () => 0 }: { config?: RunConfigInput; now?: () => number } = {},
): Clock {
  const context = {
    config: runConfigSchema.parse(config),
    limits: resolveStageLimits({ agent }),
    remainingMs: remaining,
  } as AgentContext; // the clock uses nothing else
  return new Clock(context, { now });
}

describe('the clock', () => {
  it('keeps a moment at the end free, by the length of the whole', () => {
    expect(clockOf(10, () => 10_000).leftMs).toBe(8000);
    expect(clockOf(600, () => 600_000).leftMs).toBe(588_000);
    expect(clockOf(86_400, () => 86_400_000).leftMs).toBe(86_370_000);
    expect(clockOf(10, () => 1500).leftMs).toBe(0);
  });

  it('gives a program its limit, or what is left, or nothing', () => {
    expect(clockOf(600, () => 600_000).runMs(60)).toBe(60_000);
    expect(clockOf(600, () => 32_000.7).runMs(60)).toBe(20_000);
    expect(clockOf(600, () => 12_500).runMs(60)).toBeNull();
  });

  it('counts the time of the trial’s budget too', () => {
    let at = 0;
    const config = { budget: { trial: { time_s: 100 } } };
    const clock = clockOf(600, () => 600_000, { config, now: () => at });
    expect(clock.leftMs).toBe(88_000);
    at = 50_000;
    expect(clock.leftMs).toBe(38_000);
    at = 95_000;
    expect(clock.runMs(60)).toBeNull();
  });
});

describe('durations for a model', () => {
  it.each([
    [400, 'less than a second'],
    [1000, '1 second'],
    [44_900, '30 seconds'],
    [60_000, '1 minute'],
    [119_000, '1 minute'],
    [588_000, '5 minutes'],
    [3_599_000, '45 minutes'],
    [32_400_000, '9 hours'],
    [86_370_000, '21 hours'],
    [86_400_000, '24 hours'],
  ])('%d ms are %s', (ms, text) => {
    expect(roundDuration(ms)).toBe(text);
  });
});
