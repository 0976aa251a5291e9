// `npm run setup:vscode`: makes sure that a VS Code that needs no display is installed, and says where.
import { ensureInstallation } from './installation';

ensureInstallation((line) => {
  console.error(line);
}).then(
  (installation) => {
    console.log(`VS Code: ${installation.codeServerDir}\nBrowser: ${installation.chromium}`);
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
