/** Which commands a proposal may permit by itself, and which a person decides about. */
import type { Vocabulary } from '#core/protocol.ts'
import type { ProtocolName } from '#protocols/index.ts'

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
