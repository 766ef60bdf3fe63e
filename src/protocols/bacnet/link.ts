/**
 * Below the application: BACnet virtual link control (annex J) and network layer messages (clause 6). The envelopes 0x0a and 0x0b
 * only carry a message, so that they are no commands.
 */
import type { Op } from '#core/protocol.ts'

const networks = ['networks']

export const link = {
  'bvlc-result': { code: 'BVLC 0x00', risk: 'session', summary: 'Result of a link message', from: 'either' },
  'write-broadcast-distribution-table': {
    code: 'BVLC 0x01',
    risk: 'program',
    summary: 'Replace the table by which broadcasts are forwarded',
  },
  'read-broadcast-distribution-table': {
    code: 'BVLC 0x02-0x03',
    risk: 'discover',
    summary: 'Read that table',
    from: 'either',
  },
  'forwarded-npdu': {
    code: 'BVLC 0x04',
    risk: 'session',
    summary: 'Envelope of a forwarded broadcast',
    from: 'either',
  },
  'register-foreign-device': {
    code: 'BVLC 0x05',
    risk: 'control',
    summary: 'Ask to receive the broadcasts of another network',
  },
  'read-foreign-device-table': {
    code: 'BVLC 0x06-0x07',
    risk: 'discover',
    summary: 'Read who registered',
    from: 'either',
  },
  'delete-foreign-device-table-entry': { code: 'BVLC 0x08', risk: 'control', summary: 'Unregister somebody' },
  'distribute-broadcast-to-network': {
    code: 'BVLC 0x09',
    risk: 'session',
    summary: 'Envelope of a broadcast of a foreign device',
  },
  'secure-bvll': {
    code: 'BVLC 0x0c',
    risk: 'program',
    summary: 'Removed from the standard; encrypted: any service',
    from: 'either',
  },

  'who-is-router-to-network': {
    code: 'network 0x00',
    risk: 'discover',
    summary: 'Ask for a router',
    constraints: networks,
    from: 'either',
  },
  'i-am-router-to-network': {
    code: 'network 0x01',
    risk: 'discover',
    summary: 'Say one routes networks',
    constraints: networks,
    from: 'either',
  },
  'i-could-be-router-to-network': {
    code: 'network 0x02',
    risk: 'discover',
    summary: 'Say one could route a network',
    constraints: networks,
    from: 'either',
  },
  'reject-message-to-network': { code: 'network 0x03', risk: 'session', summary: 'Refuse to route', from: 'either' },
  'router-busy-to-network': {
    code: 'network 0x04',
    risk: 'control',
    summary: 'Ask not to send to networks',
    constraints: networks,
    from: 'either',
  },
  'router-available-to-network': {
    code: 'network 0x05',
    risk: 'session',
    summary: 'Lift that',
    constraints: networks,
    from: 'either',
  },
  'initialize-routing-table': { code: 'network 0x06', risk: 'program', summary: 'Read or replace the routing table' },
  'initialize-routing-table-ack': {
    code: 'network 0x07',
    risk: 'session',
    summary: 'Answer to that',
    from: 'server',
  },
  'establish-connection-to-network': { code: 'network 0x08', risk: 'control', summary: 'Dial', constraints: networks },
  'disconnect-connection-to-network': {
    code: 'network 0x09',
    risk: 'control',
    summary: 'Hang up',
    constraints: networks,
  },
  'what-is-network-number': { code: 'network 0x12', risk: 'discover', summary: 'Ask for the network', from: 'either' },
  'network-number-is': {
    code: 'network 0x13',
    risk: 'control',
    summary: 'Tell the network',
    constraints: networks,
    from: 'either',
  },
  'unlisted-link-message': {
    code: 'any other BVLC or network',
    risk: 'program',
    summary: 'A link or network message not listed here',
    from: 'either',
  },
} as const satisfies Record<string, Op>
