import { pathsOfTrial, readSteps, stepLines } from './steps';

/** What is searched before the matches in it are told. */
const batchBytes = 4 * 1024 * 1024;

/** Numbers of the steps whose texts hold `text`, in any case of its letters, some at a time and in their order. */
export async function* searchSteps(
  runDir: string,
  trialId: string,
  { text, signal }: { readonly text: string; readonly signal: AbortSignal },
): AsyncGenerator<readonly number[]> {
  const wanted = text.toLowerCase();
  // Few lines hold it, so most need not be parsed.
  const inJson = JSON.stringify(text).slice(1, -1).toLowerCase();
  const { trajectory } = pathsOfTrial(runDir, trialId);
  let found: number[] = [];
  let searched = 0;
  for await (const { step, line } of stepLines(trajectory, await readSteps(runDir, trialId, {}))) {
    signal.throwIfAborted();
    if (line.toLowerCase().includes(inJson) && holds(JSON.parse(line), wanted)) found.push(step);
    searched += line.length;
    if (searched < batchBytes) continue;
    if (found.length > 0) yield found;
    found = [];
    searched = 0;
  }
  if (found.length > 0) yield found;
}

/** Whether a text among a value's own is meant; the names of its fields are ours. */
function holds(value: unknown, wanted: string): boolean {
  if (typeof value === 'string') return value.toLowerCase().includes(wanted);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((part) => holds(part, wanted));
}
