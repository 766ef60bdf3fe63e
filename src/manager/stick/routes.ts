/** Files that a person carries between the manager and an edge without a line. */
import { EdgeParams } from '#schema/manager-fleet.ts'
import {
  NewStick,
  partBytes,
  Stick,
  StickBytes,
  StickDown,
  StickParams,
  StickPart,
  StickTaken,
} from '#schema/manager-stick.ts'
import { actorOf, type Route, route } from '../api/route.ts'
import { downFile } from './down.ts'
import { append, begin, stagedAs } from './stage.ts'
import { take } from './take.ts'

export const stickRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/edges/:id/stick',
    access: 'fleet:write',
    summary: 'A file for an edge without a line: policy, what is in force, acknowledged events, a new certificate.',
    params: EdgeParams,
    answer: StickDown,
    handle: (call) => downFile(call.manager, actorOf(call), Number(call.params.id)),
  }),
  route({
    method: 'POST',
    path: '/v1/sticks',
    access: 'fleet:write',
    summary: 'Begin to bring a file of an edge, with its first line, which its device key signed.',
    body: NewStick,
    status: 201,
    answer: Stick,
    handle: async ({ manager, body }): Promise<Stick> => {
      const { id, edge, bundle } = await begin(manager, body.head)
      const { site, edge: name } = edge
      return { id, site, edge: name, at: new Date(bundle.at).toISOString(), lines: bundle.lines }
    },
  }),
  route({
    method: 'POST',
    path: '/v1/sticks/:id/lines',
    access: 'fleet:write',
    summary: 'The next part of the lines that follow; `at` is how many bytes came before.',
    bodyLimit: partBytes,
    params: StickParams,
    body: StickPart,
    answer: StickBytes,
    handle: async ({ manager, params, body }) => ({
      bytes: append(manager, stagedAs(manager, params.id), body.at, body.text),
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/sticks/:id/take',
    access: 'fleet:write',
    summary: 'Take the whole file, for a few seconds at a time: again until it is done.',
    params: StickParams,
    answer: StickTaken,
    handle: (call) => take(call.manager, actorOf(call), stagedAs(call.manager, call.params.id)),
  }),
]
