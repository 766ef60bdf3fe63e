/** Commands of a recording, told apart by who asks whom for what on which object, with what each policy makes of them. */
import type { ParsedCommand } from '#core/message.ts'
import type { Risk } from '#core/protocol.ts'
import { other, type Flow } from '#inspect/flow.ts'
import type { DenialReason } from '#inspect/judge.ts'
import type { Heard } from './command-reader.ts'
import type { Met } from './tally.ts'

/** Rows at most. Beyond the first, objects are not told apart any more; beyond the second nothing is. */
const maxObjects = 20_000
const maxRows = 40_000
/** Characters of an object's text. */
const maxText = 200

export interface CommandTally {
  permitted: number
  denied: number
  /** Why a command of the row was denied first; absent where whole packets are. */
  reason?: DenialReason
  detail?: string
  conduit?: string
  met?: Met
  /** The conduit by whose terms one was permitted first. */
  permitting?: string
}

export interface CommandRow {
  readonly vlan: number
  readonly client: string
  readonly server: string
  readonly transport: Flow['transport']
  readonly port: number
  readonly protocol: string
  readonly op: string
  readonly risk?: Risk
  readonly from: 'client' | 'server'
  readonly object: string
  readonly folded: boolean
  /** Lowest and highest value written, and of those that were denied. */
  values: [low: number, high: number] | undefined
  deniedValues: [low: number, high: number] | undefined
  readonly tallies: readonly CommandTally[]
  first: number
  last: number
}

const objectOf = (command: ParsedCommand): string => {
  let text = ''
  for (let index = 0; index < command.spans && text.length < maxText; index++) {
    const [name = '', low = 0, high = 0] = [command.spanNames[index], command.lows[index], command.highs[index]]
    text += `${text === '' ? '' : ' '}${name} ${low === high ? low : `${low}-${high}`}`
  }
  for (let index = 0; index < command.texts && text.length < maxText; index++)
    text += `${text === '' ? '' : ' '}${command.textNames[index] ?? ''} ${command.textValues[index] ?? ''}`
  return text.length > maxText ? `${text.slice(0, maxText)}…` : text
}

const widened = (
  range: [number, number] | undefined,
  { values, valueCount }: ParsedCommand,
): [number, number] | undefined => {
  let [low, high] = range ?? [Infinity, -Infinity]
  for (let index = 0; index < valueCount; index++) {
    const value = values[index] ?? 0
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : range
}

export class Commands {
  readonly #rows = new Map<string, CommandRow>()
  readonly #policies: number
  /** Messages that were counted in no row. */
  uncounted = 0

  constructor(policies: number) {
    this.#policies = policies
  }

  get all(): IterableIterator<CommandRow> {
    return this.#rows.values()
  }

  /** Answers, and parts of messages, are no commands: they count where they are denied by themselves. */
  count(policy: number, heard: Heard, met: () => Met): void {
    const { message, denial } = heard
    if (denial === undefined && (message.role === 'response' || message.role === 'part')) return
    if (message.count === 0) {
      if (denial !== undefined) this.#count(policy, heard, undefined, met)
      return
    }
    for (let index = 0; index < message.count; index++) this.#count(policy, heard, message.commands[index], met)
  }

  #count(
    policy: number,
    { flow, side, permitted, denial, conduit }: Heard,
    command: ParsedCommand | undefined,
    met: () => Met,
  ): void {
    const row = this.#row(flow, side, command, met)
    const tally = row?.tallies[policy]
    if (row === undefined || tally === undefined) {
      this.uncounted++
      return
    }
    row.last = Math.max(row.last, flow.lastSeen)
    if (command !== undefined && command.valueCount > 0) {
      row.values = widened(row.values, command)
      if (!permitted && policy === 0) row.deniedValues = widened(row.deniedValues, command)
    }
    if (permitted) {
      tally.permitted++
      if (conduit !== undefined) tally.permitting ??= conduit
      return
    }
    tally.denied++
    tally.met ??= met()
    if (denial === undefined || tally.reason !== undefined) return
    tally.reason = denial.reason
    tally.detail = denial.detail
    tally.conduit = denial.conduit
  }

  #row(flow: Flow, side: 0 | 1, command: ParsedCommand | undefined, met: () => Met): CommandRow | undefined {
    const { names, ports, vlan, transport, client, terms } = flow
    const { name: protocol, ops } = terms.codec.vocabulary
    const server = other(client)
    const op = command?.op ?? ''
    const from = side === client ? 'client' : 'server'
    const place = `${vlan} ${names[client]} ${names[server]} ${transport} ${ports[server]} ${protocol} ${from} ${op}`
    const object = command === undefined ? '' : objectOf(command)
    const known = this.#rows.get(`${place} ${object}`)
    if (known !== undefined) return known
    const folded = this.#rows.size >= maxObjects
    if (folded) {
      const together = this.#rows.get(place)
      if (together !== undefined || this.#rows.size >= maxRows) return together
    }
    const { at } = met()
    const risk = ops[op]?.risk
    const row: CommandRow = {
      vlan,
      client: names[client],
      server: names[server],
      transport,
      port: ports[server],
      protocol,
      op,
      ...(risk === undefined ? {} : { risk }),
      from,
      object: folded ? 'objects that are not told apart' : object,
      folded,
      values: undefined,
      deniedValues: undefined,
      tallies: Array.from({ length: this.#policies }, () => ({ permitted: 0, denied: 0 })),
      first: at,
      last: at,
    }
    this.#rows.set(folded ? place : `${place} ${object}`, row)
    return row
  }
}
