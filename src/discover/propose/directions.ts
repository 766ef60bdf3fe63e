/** Who asks in a conversation in which both ends may: devices that are client and server of each other on one pair of ports. */
import type { Vocabulary } from '#core/protocol.ts'
import { isProtocolName, vocabularies } from '#protocols/index.ts'
import type { Command } from '../model.ts'
import type { Kept } from './kept.ts'

export interface Directed {
  /** As the conversation has it. */
  readonly forward: readonly Command[]
  /** Commands that the server sends as a client would. */
  readonly reverse: readonly Command[]
  /** Commands from an end that the protocol does not have them from, where there is no other direction. */
  readonly wrong: readonly Command[]
}

/** Whether a service may be opened by both ends, as BACnet/IP is: then the other direction is a conduit of its own. */
const isMutual = ({ ports, companions }: Vocabulary): boolean =>
  companions.some(
    ({ from, transport, port }) =>
      from === 'server' && ports.some((own) => own.transport === transport && own.port === port),
  )

/** Tells the directions of a conversation apart, as an inspector does: a command from the wrong end is denied there. */
export const directed = (protocol: string | undefined, commands: readonly Command[]): Directed => {
  if (protocol === undefined || !isProtocolName(protocol)) return { forward: commands, reverse: [], wrong: [] }
  const vocabulary: Vocabulary = vocabularies[protocol]
  const [forward, reverse, wrong]: [Command[], Command[], Command[]] = [[], [], []]
  for (const command of commands) {
    const { op, from } = command
    const side = vocabulary.ops[op]?.from
    if (from === (side ?? 'client') || side === 'either') forward.push(command)
    else if (from === 'server' && isMutual(vocabulary)) reverse.push({ ...command, from: 'client' })
    else wrong.push(command)
  }
  return { forward, reverse, wrong }
}

/** The other direction of a conversation, as a conversation that its server began. */
export const turned = (kept: Kept, commands: readonly Command[]): Kept => {
  const { conversation, client, server } = kept
  return {
    ...kept,
    client: server,
    server: client,
    commands,
    engineering: [],
    conversation: {
      ...conversation,
      client: conversation.server,
      server: conversation.client,
      clientMacs: conversation.serverMacs,
      serverMacs: conversation.clientMacs,
      packets: [conversation.packets[1], conversation.packets[0]],
      bytes: [conversation.bytes[1], conversation.bytes[0]],
      commands,
    },
  }
}
