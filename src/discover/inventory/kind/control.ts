/** Clues from commands of OT protocols: who is asked, who asks, and what for. */
import type { Activity, Part } from '../activity.ts'
import { cluesFor, type Clue, type Weights } from '../clues.ts'

/** What a device is that answers in a protocol. */
const served: Readonly<Record<string, Weights>> = {
  modbus: { plc: 0.6, io: 0.15, gateway: 0.15, meter: 0.15 },
  s7comm: { plc: 0.85 },
  enip: { plc: 0.55, io: 0.2, drive: 0.15 },
  'enip-io': { io: 0.3, drive: 0.15 },
  dnp3: { rtu: 0.85 },
  iec104: { rtu: 0.85 },
  opcua: { server: 0.4, plc: 0.3, gateway: 0.2 },
  // Controllers of buildings have no kind of their own.
  bacnet: { other: 0.65, plc: 0.2 },
}

/** Masters poll controllers and I/O this fast; people look at nothing faster (ms). */
const masterCycleMs = 250
/** Of writes among reads and writes, below which somebody only looks. */
const looking = 0.001
/** Devices that one station of a line asks; more are asked by a whole plant's. */
const many = 5

export const count = (value: number, noun: string): string =>
  `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`

/** `reads 3,600 times and writes 12 times` */
const amounts = ({ counts }: Part): string => {
  const told = (['read', 'write', 'control', 'program', 'file'] as const).filter((risk) => counts[risk] > 0)
  return told.length === 0
    ? 'no commands'
    : told.map((risk) => `${counts[risk].toLocaleString('en-US')} × ${risk}`).join(', ')
}

const isOt = ({ protocol, service }: Part): boolean => protocol !== undefined || service === 'enip-io'

/** Half as much is known of who was never heard to answer. */
const heard = ({ answered }: Part): number => (answered ? 1 : 0.5)

const servedClues = (part: Part, io: boolean): Clue[] => {
  const { protocol = part.service, counts, peers } = part
  const text = `answers ${protocol} of ${count(peers.size, 'device')} (${amounts(part)})`
  const factor = heard(part)
  // An adapter of implicit I/O is opened and fed with process data; its attributes are hardly read.
  if (protocol === 'enip' && io && counts.read + counts.write + counts.program === 0)
    return cluesFor({ io: 0.6, drive: 0.35, plc: 0.15 }, `is opened for implicit I/O over ${protocol}`, factor)
  const more: Clue[] =
    counts.program > 0 ? [{ kind: 'plc', weight: 0.4 * factor, text: `is programmed over ${protocol}` }] : []
  const written = counts.write + counts.control > 0 && (protocol === 'modbus' || protocol === 'enip')
  if (written) more.push({ kind: 'plc', weight: 0.25 * factor, text: `is written to over ${protocol}` })
  return [...cluesFor(served[protocol] ?? {}, text, factor), ...more]
}

const engineering = ({ programOps, protocol }: Part): Clue => ({
  kind: 'engineering',
  weight: 0.85,
  text: `loads or reads programs over ${protocol ?? ''} (${[...programOps].toSorted().slice(0, 3).join(', ')})`,
})

/** Somebody who asks for values and sets them, in a protocol of controllers. */
const operatorWeights = ({ counts, peers, cycleMs }: Part): Weights => {
  const { read, write } = counts
  if (read === 0 && write > 0) return { plc: 0.3, hmi: 0.3 }
  if (write > 0 && write / (read + write) >= looking) {
    if (peers.size >= many) return { scada: 0.6, hmi: 0.25 }
    return cycleMs < masterCycleMs ? { plc: 0.4, hmi: 0.35, scada: 0.15 } : { hmi: 0.65, scada: 0.2 }
  }
  if (peers.size >= many) return { historian: 0.6, scada: 0.25 }
  return peers.size > 1 ? { historian: 0.5, hmi: 0.3, scada: 0.15 } : { hmi: 0.4, historian: 0.35, plc: 0.1 }
}

const askedWeights = (part: Part): Weights => {
  const { protocol, service, counts } = part
  if (service === 'enip-io') return { plc: 0.7 }
  const acts = counts.read + counts.write + counts.control
  if (protocol === 'dnp3' || protocol === 'iec104') return acts > 0 ? { scada: 0.7, gateway: 0.15 } : {}
  if (protocol === 'bacnet') return acts > 0 ? { scada: 0.5, server: 0.25 } : {}
  if (protocol === 'opcua' && counts.write === 0) return acts > 0 ? { historian: 0.4, scada: 0.35, hmi: 0.2 } : {}
  return counts.read + counts.write > 0 ? operatorWeights(part) : {}
}

const askedClues = (part: Part, isController: boolean): Clue[] => {
  const { protocol = part.service, counts, peers, addresses } = part
  const others = peers.size > 0 ? count(peers.size, 'device') : count(addresses.size, 'address')
  const text = `asks ${others} over ${protocol} (${amounts(part)})`
  const found: Clue[] = []
  if (counts.program > 0) found.push(engineering(part))
  const substation = protocol === 'dnp3' || protocol === 'iec104' || protocol === 'bacnet'
  if (counts.control > 0 && !substation)
    found.push({ kind: 'engineering', weight: 0.35, text: `starts, stops or sets controllers over ${protocol}` })
  if (counts.file > 0 && !substation)
    found.push({ kind: 'engineering', weight: 0.25, text: `reads files of controllers over ${protocol}` })
  // A controller that asks others is still a controller; an engineer also reads and writes.
  const factor = heard(part) * (isController ? 0.2 : 1) * (counts.program > 0 ? 0.4 : 1)
  found.push(...cluesFor(askedWeights(part), text, factor))
  return isController ? found.map((clue) => ({ ...clue, weight: clue.weight * 0.6 })) : found
}

/** Whether it answers in a protocol that controllers, and no stations of people, answer in. */
const answersAsController = ({ serves }: Activity): boolean =>
  ['modbus', 's7comm', 'enip', 'dnp3', 'iec104'].some((name) => serves.get(name)?.answered === true)

export const cluesOfControl = (activity: Activity): readonly Clue[] => {
  const { serves, asks } = activity
  const isController = answersAsController(activity)
  const io = serves.has('enip-io') || asks.has('enip-io')
  return [
    ...[...serves.values()].filter(isOt).flatMap((part) => servedClues(part, io)),
    ...[...asks.values()]
      .filter(isOt)
      // Who is asked over EtherNet/IP sends implicit I/O back from the same port.
      .filter(({ service }) => !(service === 'enip-io' && serves.get('enip')?.answered === true))
      .flatMap((part) => askedClues(part, isController)),
  ]
}
