/** A tool call as its event tells it. */
export const toolStep = {
  kind: 'tool',
  summary: 'shell ls',
  agent: null,
  tree: null,
  tool: 'shell',
  ok: true,
  duration_s: 0.1,
  usage: null,
  offset: 0,
  bytes: 100,
} as const;
