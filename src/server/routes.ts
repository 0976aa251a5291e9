import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import {
  artifactsSchema,
  competitionListSchema,
  healthSchema,
  problemSchema,
  runCreatedSchema,
  runListSchema,
  runRequestSchema,
  runSchema,
  runSummarySchema,
  techniqueTaskListSchema,
} from './schemas';

/** The HTTP interface: what is routed, checked and described in the OpenAPI document are one. */

const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
});
const failure = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

const usual = {
  400: failure('The request does not have the shape that it must have'),
  401: failure('The token is missing or wrong'),
} as const;
const ofRun = { ...usual, 404: failure('There is no such run') } as const;

const params = z.object({ id: z.string().describe("The run's id: the name of its folder") });

export const createRun = createRoute({
  method: 'post',
  path: '/runs',
  operationId: 'createRun',
  summary: 'Put a run into the queue',
  request: {
    body: { required: true, content: { 'application/json': { schema: runRequestSchema } } },
  },
  responses: {
    202: json('The run is kept and waits for its turn', runCreatedSchema),
    ...usual,
    411: failure('The request does not say how long it is'),
    413: failure('The request is too large'),
    415: failure('The request is not JSON'),
    422: failure('What it asks for cannot be run'),
    503: failure('Something that runs need is not there'),
  },
});

export const listRuns = createRoute({
  method: 'get',
  path: '/runs',
  operationId: 'listRuns',
  summary: 'Runs of the folder, the newest first',
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      before: z.string().optional().describe('`next` of the page before'),
    }),
  },
  responses: { 200: json('A page of runs', runListSchema), ...ofRun },
});

export const getRun = createRoute({
  method: 'get',
  path: '/runs/{id}',
  operationId: 'getRun',
  summary: 'How far a run is',
  request: { params },
  responses: { 200: json('The run', runSchema), ...ofRun },
});

export const getRunSummary = createRoute({
  method: 'get',
  path: '/runs/{id}/summary',
  operationId: 'getRunSummary',
  summary: 'What a run has come to: medals, grades, trials',
  request: { params },
  responses: { 200: json('The numbers so far', runSummarySchema), ...ofRun },
});

export const getRunArtifacts = createRoute({
  method: 'get',
  path: '/runs/{id}/artifacts',
  operationId: 'getRunArtifacts',
  summary: 'The files of a run',
  request: { params },
  responses: { 200: json('Its files', artifactsSchema), ...ofRun },
});

export const streamRunEvents = createRoute({
  method: 'get',
  path: '/runs/{id}/events',
  operationId: 'streamRunEvents',
  summary: 'The events of a run, past and to come, until it ends',
  description:
    'Server-sent events: `id` is a place to come back to, `event` the type of the event, `data` the event as JSON. An event that comes twice (same `trial` and `seq`) changes nothing.',
  request: {
    params,
    headers: z.object({
      'last-event-id': z.string().optional().describe('Go on after this event'),
    }),
  },
  responses: {
    200: {
      description: 'The events',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...ofRun,
    503: failure('Too many clients follow events'),
  },
});

export const cancelRun = createRoute({
  method: 'post',
  path: '/runs/{id}/cancel',
  operationId: 'cancelRun',
  summary: 'Take a run out of the queue, or stop it',
  request: { params },
  responses: {
    202: json('It is cancelled, or has ended before', runCreatedSchema),
    ...ofRun,
    409: failure('The run is not held by this server'),
  },
});

export const listCompetitions = createRoute({
  method: 'get',
  path: '/competitions',
  operationId: 'listCompetitions',
  summary: 'The competitions that are known here',
  responses: { 200: json('Competitions by their ids', competitionListSchema), ...usual },
});

export const listTechniqueTasks = createRoute({
  method: 'get',
  path: '/technique-tasks',
  operationId: 'listTechniqueTasks',
  summary: 'The technique tasks',
  responses: { 200: json('Technique tasks', techniqueTaskListSchema), ...usual },
});

/** Routed by hand, since its parameter has slashes. */
export const getFile = createRoute({
  method: 'get',
  path: '/files/{path}',
  operationId: 'getFile',
  summary: 'A file of the runs folder',
  request: {
    params: z.object({
      path: z.string().describe('Relative to the runs folder, with its slashes'),
    }),
  },
  responses: {
    200: {
      description: 'The file',
      content: { 'application/octet-stream': { schema: z.string() } },
    },
    ...usual,
    403: failure('The path leads out of the runs folder'),
    404: failure('There is no such file'),
  },
});

export const getHealth = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'getHealth',
  summary: 'Whether the server is there',
  security: [],
  responses: { 200: json('It is', healthSchema) },
});
