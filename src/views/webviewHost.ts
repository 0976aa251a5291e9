import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type * as z from 'zod';

/** A page of dist/webview: `<name>.js` and `<name>.css`. Scripts may load what they share, since a nonce holds for imports. */
export type PageName = 'leaderboard' | 'report' | 'trajectory';

/**
 * The one maker of web pages in the editor. A page may load its own script and style and nothing else: no inline style
 * or script, no image, no font, no address. It is made anew whenever its tab is shown again, and remembers by its state.
 */
export class WebviewHost {
  readonly #root: vscode.Uri;

  constructor(extensionUri: vscode.Uri) {
    this.#root = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  }

  /** Opens an empty tab for a page in the active group; `fill` begins the page, once somebody listens to it. */
  open(page: PageName, title: string): vscode.WebviewPanel {
    const column = vscode.ViewColumn.Active;
    return vscode.window.createWebviewPanel(viewTypeOf(page), title, column, this.#options());
  }

  /** Begins the page in its tab, also in one that the editor restored. */
  fill(page: PageName, { webview }: vscode.WebviewPanel): void {
    webview.options = this.#options();
    webview.html = this.#html(page, webview);
  }

  #options(): vscode.WebviewOptions {
    return { enableScripts: true, localResourceRoots: [this.#root] };
  }

  #html(page: PageName, webview: vscode.Webview): string {
    const nonce = randomBytes(16).toString('base64url');
    const uri = (file: string): string =>
      webview.asWebviewUri(vscode.Uri.joinPath(this.#root, file)).toString();
    return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy"
      content="default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource};" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${uri(`${page}.css`)}" />
  </head>
  <body>
    <script type="module" nonce="${nonce}" src="${uri(`${page}.js`)}"></script>
  </body>
</html>`;
  }
}

export function viewTypeOf(page: PageName): `benchyard.${PageName}` {
  return `benchyard.${page}`;
}

/** Hands on what a page says, as far as it is what a page may say; the rest is dropped. */
export function onMessage<T>(
  { webview }: vscode.WebviewPanel,
  schema: z.ZodType<T>,
  handle: (message: T) => void,
): vscode.Disposable {
  return webview.onDidReceiveMessage((message: unknown) => {
    const parsed = schema.safeParse(message);
    if (parsed.success) handle(parsed.data);
  });
}
