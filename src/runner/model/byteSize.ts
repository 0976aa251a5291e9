import * as z from 'zod';

const units: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

/** `50GB`, `1.5 TiB`, `800 MB` or plain bytes → bytes; null for anything else. */
export function parseByteSize(text: string): number | null {
  const [, number = '', unit = 'B'] = /^(\d+(?:\.\d+)?)\s*([KMGT]?i?B)?$/i.exec(text.trim()) ?? [];
  const factor = units[unit.toUpperCase()];
  if (number === '' || factor === undefined) return null;
  return Math.round(Number(number) * factor);
}

/** Bytes as a number, or as people write them. */
export const byteSizeSchema = z.union(
  [
    z.int().positive(),
    z.string().transform((text, context) => {
      const bytes = parseByteSize(text);
      if (bytes !== null && bytes > 0) return bytes;
      context.addIssue({ code: 'custom', message: 'expected a size such as 50GB' });
      return z.NEVER;
    }),
  ],
  { error: 'expected a number of bytes, or a size such as 50GB' },
);
