/** `0.4s`, `12s`, `4m 12s`, `1h 05m`: short enough for a tree. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/** `812 B`, `4.2 MB`: decimal units, as disks are sold and as Docker prints. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? 'B'}`;
}

/** `12,345`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 task`, `12,345 tasks`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `$0.0123`, `$12.40`: digits that say something. A cost that is not known is never shown as nothing. */
export function formatCost(cost: number | null): string {
  if (cost === null) return 'unknown';
  if (cost === 0) return '$0';
  if (cost < 0.0001) return '<$0.0001';
  return `$${cost < 0.995 ? cost.toPrecision(2).replace(/\.?0+$/, '') : cost.toFixed(2)}`;
}

/** `812`, `3.1k`, `1.2M`. */
export function formatTokens(tokens: number): string {
  if (tokens < 1000) return String(tokens);
  if (tokens < 999_500) return `${(tokens / 1000).toFixed(tokens < 99_950 ? 1 : 0)}k`;
  return `${(tokens / 1e6).toFixed(1)}M`;
}

/** `60.0 % (31.3–83.2)`: with the 95 % interval. */
export function formatRate(
  rate: number,
  interval: { readonly low: number; readonly high: number } | null,
): string {
  const percent = (value: number): string => (value * 100).toFixed(1);
  const range = interval === null ? '' : ` (${percent(interval.low)}–${percent(interval.high)})`;
  return `${percent(rate)} %${range}`;
}

/** At most the five digits that MLE-bench reports; small scores keep five that say something. */
export function formatScore(score: number): string {
  if (score !== 0 && Math.abs(score) < 0.001) return String(Number(score.toPrecision(3)));
  return String(Number(score.toFixed(5)));
}

/** `85 %` */
export function formatShare(share: number): string {
  return `${String(Math.round(share * 1000) / 10)} %`;
}

/** Seconds between two ISO times; `until` null: until `now`. */
export function secondsBetween(from: string, until: string | null, now: number): number {
  return Math.max(0, ((until === null ? now : Date.parse(until)) - Date.parse(from)) / 1000);
}

/** The text without terminal escape sequences: colours, cursor movement, titles. */
export function stripAnsi(text: string): string {
  return text.replace(
    /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g,
    '',
  );
}

/** Line ends as terminals need them. */
export function toCrLf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}
