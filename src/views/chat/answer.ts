import * as vscode from 'vscode';
import type { ToolHost } from '../../agentTools/index';
import { answerFromData } from '../../presentation/chatAnswers';
import type { ChatSubject } from '../../presentation/chatSubject';
import { subjectOf } from '../../presentation/chatSubject';
import { changedTrials } from '../../presentation/runPairs';
import { citedBy, factsOf, newestRuns, trialOfCall } from './facts';
import type { CitedTrial, TrialLinks } from './links';
import { converse } from './toolLoop';

const mostCited = 3;
const rememberedTurns = 6;

/** For the model; what it says is shown to the user. */
const instructions =
  'You answer questions about runs of coding agents on benchmarks, in a few sentences of Markdown. Say only what the data says: below is what is known of what was asked, and the tools read more. Name runs, trials, tests and steps by their ids. Say so when the data does not tell.';

/** What is kept of an answer, for the questions after it. */
export interface AnswerFacts {
  readonly about: ChatSubject['kind'];
  /** Whether the model said it, or the data alone. */
  readonly by: 'model' | 'data';
  readonly trials: readonly CitedTrial[];
}

export interface Question {
  readonly request: vscode.ChatRequest;
  readonly context: vscode.ChatContext;
  readonly stream: vscode.ChatResponseStream;
  readonly token: vscode.CancellationToken;
  readonly signal: AbortSignal;
}

/** Answers with the model that the question came with, or, where it cannot, from the data alone. */
export async function answer(
  question: Question,
  host: ToolHost,
  links: TrialLinks,
): Promise<AnswerFacts> {
  const { request, stream, signal } = question;
  stream.progress(vscode.l10n.t('Reading runs'));
  const subject = subjectOf(request, await newestRuns(host, signal));
  const facts = await factsOf(subject, host, signal);
  const cited = new Map<string, CitedTrial>();
  const cite = (trial: CitedTrial): void => {
    cited.set(`${trial.runId}/${trial.trialId}`, trial);
  };
  const changed = subject.kind === 'comparison' ? changedTrials(subject) : [];
  for (const trial of citedBy(subject, changed)) cite(trial);
  const onCall = (input: object): void => {
    const trial = trialOfCall(input);
    if (trial !== null) cite(trial);
  };
  const answered = await answeredByModel(question, { facts: facts.text, onCall });
  if (!answered) stream.markdown(answerFromData(subject, facts.tests));
  const trials = [...cited.values()].slice(0, mostCited);
  for (const link of trials.flatMap(links)) stream.button(link);
  return { about: subject.kind, by: answered ? 'model' : 'data', trials };
}

/** false: no model could be asked, and nothing was said. */
async function answeredByModel(
  { request, context, stream, token }: Question,
  { facts, onCall }: { readonly facts: string; readonly onCall: (input: object) => void },
): Promise<boolean> {
  const said: string[] = [];
  const conversation = {
    model: request.model,
    messages: [
      vscode.LanguageModelChatMessage.User(`${instructions}\n\n${facts}`),
      ...historyOf(context),
      vscode.LanguageModelChatMessage.User(questionOf(request)),
    ],
    toolToken: request.toolInvocationToken,
    onText: (text: string): void => {
      said.push(text);
      stream.markdown(text);
    },
    onCall,
    token,
  };
  const reading = vscode.lm.tools.filter(({ tags }) => tags.includes('benchyard-read'));
  // A model that takes no tools can still speak of the facts.
  for (const tools of [reading, []]) {
    try {
      await converse({ ...conversation, tools });
      if (said.length > 0) return true;
    } catch (error) {
      if (said.length > 0 || token.isCancellationRequested) throw error;
    }
  }
  return false;
}

function questionOf({ prompt, command }: vscode.ChatRequest): string {
  if (command === 'explain') return `Explain why this trial ended as it did. ${prompt}`;
  if (command === 'compare')
    return `Compare these runs: what was fixed, what was broken, at what cost. ${prompt}`;
  return prompt;
}

/** The last turns of this chat, so that a question may lean on the one before. */
function historyOf({ history }: vscode.ChatContext): readonly vscode.LanguageModelChatMessage[] {
  return history.slice(-rememberedTurns).flatMap((turn) => {
    if (turn instanceof vscode.ChatRequestTurn)
      return [vscode.LanguageModelChatMessage.User(turn.prompt)];
    const text = turn.response
      .map((part) => (part instanceof vscode.ChatResponseMarkdownPart ? part.value.value : ''))
      .join('');
    return text === '' ? [] : [vscode.LanguageModelChatMessage.Assistant(text)];
  });
}
