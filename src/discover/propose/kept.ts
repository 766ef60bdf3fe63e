/** What of all that was seen a proposal may rest on, and why the rest may not. */
import type { Vocabulary } from '#core/protocol.ts'
import { isProtocolName, vocabularies } from '#protocols/index.ts'
import type { Command, Conversation, Device, Inventory, Observed, Sign } from '../model.ts'
import { usualOf } from '../signs/usual.ts'
import { directed, turned } from './directions.ts'
import type { Excluded } from './proposal.ts'
import { isRecordOfEdge } from './remarks.ts'
import { isInfrastructure, isIp, isLlc } from './wire-type.ts'
import { isForDecision, isVendorPoll } from './verbs.ts'
import { count } from './words.ts'

export interface Kept {
  readonly conversation: Conversation
  readonly client: Device
  readonly server: Device
  /** Commands that a conduit may permit. */
  readonly commands: readonly Command[]
  /** Commands that a person decides about. */
  readonly engineering: readonly Command[]
  /** Nothing was taken out of it, so that the service as such may be permitted. */
  readonly whole: boolean
}

export interface Selection {
  readonly unicast: readonly Kept[]
  /** Unicast that is not IP, as far as its ends are known. */
  readonly frames: readonly Kept[]
  /** Broadcast and multicast, by the device that sends it. */
  readonly group: readonly { readonly conversation: Conversation; readonly client: Device }[]
  readonly excluded: readonly Excluded[]
}

/** A sign of engineering says who decides, not that nobody may: commissioning looks the same. */
const engineeringSigns: ReadonlySet<Sign['kind']> = new Set(['device-stop', 'program-download', 'program-upload'])

const vocabularyOf = (protocol: string): Vocabulary | undefined =>
  isProtocolName(protocol) ? vocabularies[protocol] : undefined

/** Whether a person decides about a command of a conversation. */
const engineeringIn = (conversation: Conversation, client: Device, server: Device): ((command: Command) => boolean) => {
  const { protocol } = conversation
  const vocabulary = protocol === undefined ? undefined : vocabularyOf(protocol)
  if (protocol === undefined || vocabulary === undefined || !isProtocolName(protocol)) return () => false
  return (command) =>
    isForDecision(protocol, vocabulary, command.op) &&
    !isVendorPoll(vocabulary, command, [conversation, server], client.kind.value)
}

/** As it is but for the values that stand out; how far one write is from the next is not known of the others. */
const asUsual = (command: Command): Command => {
  const usual = usualOf(command)
  if (usual === undefined) return command
  const { step: _step, ...rest } = command
  return { ...rest, count: command.count - usual.times, values: usual.usual }
}

/** Policy reads `*` at the end of a name as the rest: a name that ends so cannot be permitted alone. */
const isOpenEnded = ({ texts }: Command): boolean =>
  Object.values(texts).some((names) => names.some((name) => name.endsWith('*')))

/** TCP that nobody took up: to deny it takes nothing away. */
const isRefused = ({ transport, opened, accepted, packets, commands }: Conversation): boolean =>
  transport === 'tcp' && accepted === 0 && commands.length === 0 && (opened > 0 || packets[1] === 0)

/** What an edge recorded, and nobody else heard. */
const isUnheard = (conversation: Conversation): boolean =>
  isRecordOfEdge(conversation) && conversation.packets[1] === 0 && conversation.commands.length === 0

/** Packets of a conversation up to which its ports alone do not tell a service. */
const fewPackets = 6
const registeredBelow = 1024

/** A rest of a connection that was open before: which of two high ports serves cannot be told from so little. */
const isRest = ({ certain, port = 0, packets, commands, protocol }: Conversation): boolean =>
  !certain &&
  port >= registeredBelow &&
  protocol === undefined &&
  commands.length === 0 &&
  packets[0] + packets[1] <= fewPackets

const where = ({ client, server, transport, port, protocol }: Conversation): string =>
  `${client} to ${server}${port === undefined ? '' : `, ${transport ?? 'type'}/${port}`}${protocol === undefined ? '' : ` (${protocol})`}`

const excludedOf = (
  why: Exclude<Excluded['why'], 'sign'>,
  text: string,
  conversation: Conversation,
  commands: readonly Command[] = [],
): Excluded => ({
  why,
  text,
  conversations: [conversation.id],
  commands: commands.map(({ id }) => id),
})

/** Silent devices, and what was only ever the subject of a sign, are nobody to permit anything to. */
const part = (device: Device | undefined): Device | undefined =>
  device === undefined || device.silent || device.ips.length === 0 ? undefined : device

const back = (kept: Kept, reverse: readonly Command[]): Kept => {
  const isEngineering = engineeringIn(kept.conversation, kept.server, kept.client)
  return {
    ...turned(
      kept,
      reverse.filter((command) => !isEngineering(command)),
    ),
    engineering: reverse.filter(isEngineering),
  }
}

export const keptOf = (observed: Observed, inventory: Inventory, signs: readonly Sign[]): Selection => {
  const against = signs.filter(({ kind }) => !engineeringSigns.has(kind))
  const whole = new Set(against.flatMap(({ conversations }) => conversations))
  const single = new Set(against.flatMap(({ commands, values }) => (values === undefined ? commands : [])))
  const strange = new Set(against.flatMap(({ commands, values }) => (values === undefined ? [] : commands)))
  const excluded: Excluded[] = signs.map(({ kind, techniques, text, conversations, commands }) => ({
    why: 'sign',
    sign: kind,
    techniques,
    text,
    conversations,
    commands,
  }))
  const unicast: Kept[] = []
  const frames: Kept[] = []
  const group: { conversation: Conversation; client: Device }[] = []
  for (const conversation of observed.conversations) {
    if (whole.has(conversation.id)) continue
    const [from, to] = [conversation.client, conversation.server].map((end) => inventory.at(conversation.vlan, end))
    if (conversation.cast !== 'unicast') {
      if (from !== undefined && !from.silent) group.push({ conversation, client: from })
      continue
    }
    if (isUnheard(conversation)) {
      excluded.push(
        excludedOf(
          'unanswered',
          `${where(conversation)}: an edge recorded it, which does not show answers`,
          conversation,
        ),
      )
      continue
    }
    if (!isIp(conversation)) {
      const heard = from !== undefined && to !== undefined && !from.silent && !to.silent && from !== to
      if (heard && isLlc(conversation))
        excluded.push(
          excludedOf('not-expressible', `${where(conversation)}: frames without an EtherType`, conversation),
        )
      else if (heard && !isInfrastructure(conversation))
        frames.push({ conversation, client: from, server: to, commands: [], engineering: [], whole: true })
      continue
    }
    const client = part(from)
    const server = part(to)
    if (client === undefined || server === undefined || client === server) {
      if (client === undefined || client !== server)
        excluded.push(
          excludedOf(
            'unknown-device',
            `${where(conversation)}: one end never spoke, or has no IP address`,
            conversation,
          ),
        )
      continue
    }
    if (isRefused(conversation)) {
      excluded.push(excludedOf('unanswered', `${where(conversation)}: no connection was ever accepted`, conversation))
      continue
    }
    if (isRest(conversation)) {
      excluded.push(
        excludedOf('unanswered', `${where(conversation)}: too little to tell which end serves`, conversation),
      )
      continue
    }
    const all = conversation.commands
      .filter(({ id }) => !single.has(id))
      .map((command) => (strange.has(command.id) ? asUsual(command) : command))
    const open = all.filter(isOpenEnded)
    if (open.length > 0)
      excluded.push(
        excludedOf('not-expressible', `${where(conversation)}: names that end in \`*\``, conversation, open),
      )
    const { forward, reverse, wrong } = directed(
      conversation.protocol,
      all.filter((command) => !isOpenEnded(command)),
    )
    if (wrong.length > 0)
      excluded.push(
        excludedOf(
          'not-expressible',
          `${where(conversation)}: ${count(wrong.length, 'command')} from the wrong end`,
          conversation,
          wrong,
        ),
      )
    const isEngineering = engineeringIn(conversation, client, server)
    const commands = forward.filter((command) => !isEngineering(command))
    const kept = {
      conversation,
      client,
      server,
      commands,
      engineering: forward.filter(isEngineering),
      whole: commands.length + reverse.length === conversation.commands.length,
    }
    // What only the other end asked for has no conduit in this direction.
    if (forward.length > 0 || reverse.length === 0) unicast.push(kept)
    if (reverse.length > 0) unicast.push(back(kept, reverse))
  }
  return { unicast, frames, group, excluded }
}
