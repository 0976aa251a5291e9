import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import ts from 'typescript';

/** Writes the declarations of a folder's files, each of which says its own types: nothing is inferred across files. */
export async function writeDeclarations(from, to) {
  await mkdir(to, { recursive: true });
  for (const name of (await readdir(from)).filter((file) => file.endsWith('.ts'))) {
    const file = path.join(from, name);
    const { outputText, diagnostics } = ts.transpileDeclaration(await readFile(file, 'utf8'), {
      fileName: file,
      reportDiagnostics: true,
      compilerOptions: { isolatedDeclarations: true, declaration: true, strict: true },
    });
    const [problem] = diagnostics ?? [];
    if (problem !== undefined)
      throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(problem.messageText, ' ')}`);
    await writeFile(path.join(to, name.replace(/\.ts$/, '.d.ts')), outputText);
  }
}
