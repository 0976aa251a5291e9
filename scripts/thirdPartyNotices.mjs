// The notices that the licences of bundled packages ask for: every package that esbuild put into a bundle, with its
// version and the text of its licence.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Folder of the package that a bundled file belongs to; null for our own files. */
function packageFolder(input) {
  const parts = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
  return parts?.[1] ?? null;
}

async function noticeOf(folder) {
  const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const files = await readdir(folder);
  const texts = files.filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const contents = await Promise.all(
    texts.map((file) => readFile(path.join(folder, file), 'utf8')),
  );
  // A package without the text of its licence names it at least.
  const licence = contents.length > 0 ? contents.join('\n') : `Licence: ${manifest.license}`;
  return { name: `${manifest.name} ${manifest.version}`, text: licence.trim() };
}

/** @param metafiles what esbuild says of the bundles that are shipped */
export async function thirdPartyNotices(metafiles) {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([input]) => input),
    ),
  );
  const folders = new Set(inputs.map(packageFolder).filter((folder) => folder !== null));
  const notices = await Promise.all([...folders].map(noticeOf));
  // The same version may stand in several places.
  const once = new Map(notices.map((notice) => [notice.name, notice]));
  const sorted = [...once.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const line = '-'.repeat(80);
  return [
    'Benchyard contains these packages, under their own licences.',
    ...sorted.map(({ name, text }) => `${line}\n${name}\n${line}\n\n${text}\n`),
  ].join('\n\n');
}
