/** What a client asks for: the type of a service's request, its header, its parameters. */
import type { Message } from '#core/message.ts'
import { settled } from './channel.ts'
import { requestHeader } from './notes.ts'
import { services } from './services.ts'
import { walk } from './shared-walk.ts'
import type { State } from './state.ts'
import { run } from './walk.ts'

/** Reads the body at `at` up to `end`, of one chunk or of several put together. */
export const readRequest = (
  bytes: Uint8Array,
  at: number,
  end: number,
  state: State,
  whole: boolean,
  message: Message,
): void => {
  walk.start(bytes, at, end, message)
  walk.command = undefined
  walk.state = state
  walk.whole = whole
  walk.node()
  const { id } = walk
  const service = id.namespace === 0 ? services.get(id.number) : undefined
  if (service === undefined) {
    const command = message.begin('unlisted')
    if (id.namespace === 0 && id.number >= 0) command.number('identifier', id.number)
    requestHeader(walk)
    if (walk.failed) message.fault ??= 'malformed'
    return
  }
  walk.op = service.op
  requestHeader(walk)
  run(service.parts, walk)
  // A request for nothing is one still.
  if (message.count === 0) walk.begin()
  if (walk.failed || !settled(state, end - walk.at)) message.fault ??= 'malformed'
}

/** Responses follow their requests by three, ServiceFault stands alone; two additions to the standard are numbered without a gap. */
const responses: ReadonlySet<number> = new Set([
  397,
  ...[...services.keys()].map((request) => (request > 12_000 ? request + 1 : request + 3)),
])

/** What a CLO has as its body (OPC 10000-6, 7.1.4). */
export const closeRequest = 452

/** Whether a body begins as one that is not encrypted: with a message of the standard. */
export const isPlausible = (bytes: Uint8Array, at: number, end: number, message: Message): boolean => {
  walk.start(bytes, at, end, message).node()
  const { failed, id } = walk
  return (
    !failed && id.namespace === 0 && (services.has(id.number) || responses.has(id.number) || id.number === closeRequest)
  )
}
