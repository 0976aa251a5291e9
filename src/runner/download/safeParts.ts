import { unavailable } from './unavailable';

/** A name's parts. Names come from a server: none may lead out of the folder that it is kept in. */
export function safeParts(name: string, server: string): readonly string[] {
  const parts = name.split('/');
  if (
    parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\:\u0000]/.test(part))
  )
    return parts;
  throw unavailable(`${server} names a file that cannot be kept: ${JSON.stringify(name)}`);
}
