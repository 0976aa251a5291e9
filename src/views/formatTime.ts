import * as vscode from 'vscode';

const timeFormat = new Intl.DateTimeFormat(vscode.env.language, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** `Jan 31 08:05`, in the reader's zone and language. */
export function formatTime(iso: string): string {
  return timeFormat.format(new Date(iso));
}
