/** Which commands a proposal may permit by itself, and which a person decides about. */
import type { Vocabulary } from '#core/protocol.ts'
import type { ProtocolName } from '#protocols/index.ts'
import type { Command, Kind, Span } from '../model.ts'

/**
 * Commands of class `control` that set clocks, reporting and registration: stations send them in normal operation, often once at
 * start, and none of them stops or changes a process.
 */
const routine: Readonly<Partial<Record<ProtocolName, readonly string[]>>> = {
  s7comm: ['set-clock'],
  dnp3: ['write-time', 'record-current-time', 'enable-unsolicited', 'disable-unsolicited', 'assign-class'],
  iec104: ['clock-synchronization', 'delay-acquisition'],
  opcua: ['register-server', 'register-server2'],
  bacnet: ['time-synchronization', 'utc-time-synchronization', 'register-foreign-device', 'network-number-is'],
}

/** Commands that stand for whatever is encrypted: what can be enforced of them is how the connection is secured. */
const veiled: Readonly<Partial<Record<ProtocolName, readonly string[]>>> = {
  opcua: ['opaque'],
  s7comm: ['plus-opaque'],
}

export const isVeiled = (protocol: ProtocolName, op: string): boolean => veiled[protocol]?.includes(op) === true

/** Whether a command changes what a device does or is, so that it is never permitted because it was seen. */
export const isForDecision = (protocol: ProtocolName, vocabulary: Vocabulary, op: string): boolean => {
  if (isVeiled(protocol, op)) return false
  switch (vocabulary.ops[op]?.risk) {
    case 'program':
    case 'file':
      return true
    case 'control':
      return routine[protocol]?.includes(op) !== true
    case 'read':
    case 'write':
    case 'discover':
    case 'session':
      return false
    case undefined:
    default:
      return true
  }
}

/** Fields that hold the number of a function: an op that has one stands for functions without a public name. */
const numbers = ['service-code', 'function', 'subfunction', 'service-number', 'type', 'command', 'identifier']
/** Times, time and share of the time that its device was seen, from which on such a function is what the client is there for. */
const manyPolls = 100
const pollMs = 10_000
const pollShare = 0.5

/** Whether an op stands for functions that only their vendor could name, told apart by their numbers. */
export const isUnnamed = (vocabulary: Vocabulary, { op, spans }: Pick<Command, 'op' | 'spans'>): boolean =>
  vocabulary.ops[op]?.risk === 'program' &&
  (vocabulary.ops[op]?.constraints ?? []).some((name) => numbers.includes(name) && (spans[name] ?? []).length > 0)

/**
 * Whether such a function is polled all the time by who is no engineering station. It is permitted by its number, so that a plant does
 * not stop for want of a name, and said to be what it is.
 * @param seen of the conversation and of its server: who comes for a while polls nothing all the time
 */
export const isVendorPoll = (
  vocabulary: Vocabulary,
  command: Pick<Command, 'op' | 'count' | 'spans' | 'first' | 'last' | 'from'>,
  seen: readonly Span[],
  client: Kind,
): boolean => {
  const { count, first, last, from } = command
  return (
    client !== 'engineering' &&
    from === 'client' &&
    isUnnamed(vocabulary, command) &&
    count >= manyPolls &&
    last - first >= pollMs &&
    seen.every((span) => last - first >= (span.last - span.first) * pollShare)
  )
}
