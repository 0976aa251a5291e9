import * as vscode from 'vscode';
import type { ToolHost } from '../../agentTools/index';
import { bridgeCancellation } from '../cancellation';
import { followupsOf } from './followups';
import type { TrialLinks } from './links';

const participantId = 'benchyard.runs';

export interface ParticipantParts {
  readonly host: () => Promise<ToolHost>;
  readonly links: TrialLinks;
  readonly extension: vscode.Uri;
}

/** `@benchyard`: answers about runs from what stands on disk, with the model that the user chose for the chat. */
export function registerParticipant(parts: ParticipantParts): vscode.Disposable {
  const participant = vscode.chat.createChatParticipant(
    participantId,
    async (request, context, stream, token) => {
      const bridge = bridgeCancellation(token);
      const question = { request, context, stream, token, signal: bridge.signal };
      try {
        // Loaded with the first question.
        const { answer } = await import('./answer');
        return { metadata: await answer(question, await parts.host(), parts.links) };
      } finally {
        bridge.dispose();
      }
    },
  );
  participant.iconPath = vscode.Uri.joinPath(parts.extension, 'media', 'icon.png');
  participant.followupProvider = {
    provideFollowups: ({ metadata }) => followupsOf(metadata),
  };
  return vscode.Disposable.from(participant);
}
