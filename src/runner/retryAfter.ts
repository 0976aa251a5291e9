/** Milliseconds that a server asks to be left alone: `Retry-After` in seconds or as a date; 0 where it does not say. */
export function retryAfterMs(headers: Headers | null, now = Date.now()): number {
  const value = headers?.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(value)) return Number.parseFloat(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
