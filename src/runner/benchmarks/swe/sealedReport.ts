import { createHash, createHmac, randomBytes } from 'node:crypto';

const sealLength = 64;

/** What a report file holds once its seals were looked at. */
export interface OpenedReport {
  /** The plugin's own lines, without their seals. */
  readonly text: string;
  /** Lines that the plugin did not write: somebody else had the file. */
  readonly forged: number;
}

/** A key for the plugin of one test command. It takes it away before tested code runs. */
export function makeReportKey(): string {
  return randomBytes(32).toString('hex');
}

/**
 * Checks each line's seal, which covers all lines before it too: a line that was added, changed, moved or removed (but
 * at the end) is found. A command that starts pytest again goes on with the next key of the chain.
 */
export function openReport(sealed: string, key: string): OpenedReport {
  const lines = sealed.split('\n');
  lines.pop(); // what follows the last newline was being written when the process died
  const text: string[] = [];
  let forged = 0;
  let secret = key;
  let last = '';
  for (const line of lines) {
    const seal = line.slice(0, sealLength);
    const record = line.slice(sealLength + 1);
    if (seal !== sealOf(secret, last, record)) {
      const next = following(secret);
      if (seal !== sealOf(next, '', record)) {
        forged += 1;
        continue;
      }
      secret = next;
    }
    last = seal;
    text.push(`${record}\n`);
  }
  return { text: text.join(''), forged };
}

/** The line that the plugin would write, for tests of whoever reads reports. */
export function sealOf(secret: string, last: string, record: string): string {
  const session = createHash('sha256').update(`session${secret}`).digest();
  return createHmac('sha256', session).update(`${last}${record}`).digest('hex');
}

function following(secret: string): string {
  return createHash('sha256').update(`next${secret}`).digest('hex');
}
