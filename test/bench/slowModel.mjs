// A model server in a process of its own, so that its time is not counted as ours. Every answer calls the tool `nothing`.
// `node slowModel.mjs FIRST_MS PIECES PIECE_MS` says its port, then waits FIRST_MS, and PIECE_MS between PIECES.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const [first = 0, pieces = 1, every = 0] = process.argv.slice(2).map(Number);

function event(delta, rest = {}) {
  const choices = [{ index: 0, delta, finish_reason: null, ...rest }];
  return `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', choices })}\n\n`;
}

const server = createServer(async (request, response) => {
  await once(request.resume(), 'end');
  if (first > 0) await pause(first);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let piece = 0; piece < pieces; piece += 1) {
    if (piece > 0 && every > 0) await pause(every);
    response.write(event({ content: 'a few words ' }));
  }
  const call = { name: 'nothing', arguments: `{"note": "${Math.random()}"}` };
  response.write(
    event({ tool_calls: [{ index: 0, id: 'call', type: 'function', function: call }] }),
  );
  response.write(event({}, { finish_reason: 'tool_calls' }));
  const usage = { prompt_tokens: 1000, completion_tokens: 20, total_tokens: 1020 };
  response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('disconnect', () => process.exit());
