/** Ways around the inspection by what a message says, and by what it is wrapped in. */
import type { Row } from './evasion-row.ts'
import { mbap, read, readPdu, refusal, target, write } from './proving-ground.ts'
import type { Segment } from './raw-peer.ts'

const ascii = (text: string) => Buffer.from(text).toString('hex')
const register = target.register.toString(16).padStart(4, '0')

/** A function that the conduit does not allow, refused in its own words, between two reads. */
const denied = (name: string, code: number, pdu: string, plain: Row['plain'] = 'harmless'): Row => ({
  name,
  attack: (peer) => peer.send(read(1) + mbap(2, pdu) + read(3)),
  answered: [1, 3],
  hears: [refusal(2, code)],
  plain,
  survives: true,
})

export const functions: readonly Row[] = [
  denied('write multiple registers', 16, `10 ${register} 0001 02 0028`, 'executed'),
  denied('mask write register (FC22)', 22, `16 ${register} 0000 0028`),
  denied('read/write multiple registers (FC23)', 23, `17 0064 0002 ${register} 0001 02 0028`),
  denied('UMAS (FC90)', 90, '5a 00 10 2600 0000'),
  denied('write file record', 21, '15 09 06 0001 0000 0001 0028'),
  denied('diagnostics: restart communications', 8, '08 0001 0000'),
  denied('a function code nobody defined', 100, '64 0065 0028'),
]

export const lengths: readonly Row[] = [
  {
    name: 'a read whose stated length covers the write behind it',
    attack: (peer) => peer.send(mbap(1, readPdu, 18) + write(2)),
    plain: 'harmless',
  },
  {
    name: 'a read that states less than it has, so that a write begins in its midst',
    attack: (peer) => peer.send(mbap(1, `03 0064 ${write(2)}`, 4)),
    plain: 'executed',
  },
  {
    name: 'a length of zero before the write',
    attack: (peer) => peer.send(`000100000000${write(2)}`),
    plain: 'executed',
  },
  {
    name: 'a length of one before the write',
    attack: (peer) => peer.send(`000100000001ff${write(2)}`),
    plain: 'executed',
  },
  {
    name: 'a write longer than its function has',
    attack: (peer) => peer.send(mbap(1, `06 ${register} 0028 0000 0000`)),
    plain: 'harmless',
  },
  {
    name: 'a length beyond what Modbus has',
    attack: (peer) => peer.send(mbap(1, `06 ${register} 0028${'00'.repeat(300)}`)),
    plain: 'harmless',
  },
  {
    name: 'a protocol identifier that is not that of Modbus',
    attack: (peer) => peer.send(write(1).replace('00010000', '00010001')),
    plain: 'executed',
  },
]

export const others: readonly Row[] = [
  {
    name: 'TLS on the port',
    attack: (peer) => peer.send(`16030100c8010000c40303${'5a'.repeat(60)}`),
    plain: 'harmless',
  },
  {
    name: 'HTTP on the port',
    attack: (peer) => peer.send(ascii('POST /write?101=40 HTTP/1.1\r\nHost: plc\r\n\r\n')),
    plain: 'harmless',
  },
  { name: 'SSH on the port', attack: (peer) => peer.send(ascii('SSH-2.0-OpenSSH_9.2p1\r\n')), plain: 'harmless' },
  {
    name: 'a read, then another protocol',
    attack: async (peer) => {
      peer.send(read(1))
      await peer.hears('0001')
      peer.send(ascii('GET / HTTP/1.0\r\n\r\n'))
    },
    answered: [1],
    plain: 'harmless',
  },
  {
    name: 'answers that nobody asked for',
    peer: (ground) => ground.peer({}, 'liar'),
    attack: async (peer) => {
      await peer.listen(50)
      peer.send(read(1) + read(2))
    },
    answered: [1, 2],
    never: ['dead'],
    plain: 'harmless',
    survives: true,
  },
]

let id = 7
/** Cuts TCP at these bytes; pieces are sent in the given order. */
const cut =
  (places: readonly number[], sent: (count: number) => readonly number[]): NonNullable<Segment['fragments']> =>
  (whole) => {
    id++
    const from = [0, ...places]
    const pieces = from.map((offset, index) => ({
      part: { offset, more: index < places.length, id },
      bytes: whole.slice(offset, places[index] ?? whole.length),
    }))
    return sent(pieces.length).flatMap((index) => pieces[index] ?? [])
  }
const forward = (count: number) => Array.from({ length: count }, (_, index) => index)
const backward = (count: number) => forward(count).toReversed()
/** A fragment with the bytes of a read, overlapped by one with those of a write. */
const overlapping =
  (first: 'read' | 'write'): NonNullable<Segment['fragments']> =>
  (whole) => {
    id++
    const harmless = whole.slice()
    harmless.set(Buffer.from(read(1), 'hex'), whole.length - 12)
    const [one, two] = first === 'read' ? [harmless, whole] : [whole, harmless]
    return [
      { part: { offset: 0, more: true, id }, bytes: one.slice(0, 24) },
      { part: { offset: 16, more: true, id }, bytes: two.slice(16, 32) },
      { part: { offset: 24, more: false, id }, bytes: one.slice(24) },
    ]
  }
const six = { peer: (ground: Parameters<NonNullable<Row['peer']>>[0]) => ground.peer6() }
const stated = { type: 60, data: new Uint8Array(6) }

export const fragments: readonly Row[] = [
  {
    name: 'in two fragments',
    attack: (peer) => peer.send(write(1), { fragments: cut([24], forward) }),
    plain: 'executed',
    survives: true,
  },
  {
    name: 'in fragments of eight bytes',
    attack: (peer) => peer.send(write(1), { fragments: cut([8, 16, 24], forward) }),
    plain: 'executed',
    survives: true,
  },
  {
    name: 'in fragments in reverse order',
    attack: (peer) => peer.send(write(1), { fragments: cut([24], backward) }),
    plain: 'executed',
    survives: true,
  },
  {
    name: 'in fragments, one of them twice',
    attack: (peer) => peer.send(write(1), { fragments: cut([24], () => [0, 0, 1]) }),
    plain: 'harmless',
  },
  {
    name: 'overlapping fragments, the read first',
    attack: (peer) => peer.send(write(1), { fragments: overlapping('read') }),
    plain: 'harmless',
  },
  {
    name: 'overlapping fragments, the write first',
    attack: (peer) => peer.send(write(1), { fragments: overlapping('write') }),
    plain: 'harmless',
  },
  {
    name: 'a read in fragments',
    attack: (peer) => peer.send(read(1), { fragments: cut([24], forward) }),
    answered: [1],
    plain: 'harmless',
    survives: true,
  },
]

export const version6: readonly Row[] = [
  {
    name: 'over IPv6',
    ...six,
    attack: (peer) => peer.send(read(1) + write(2) + read(3)),
    answered: [1, 3],
    hears: [refusal(2)],
    plain: 'executed',
    survives: true,
  },
  {
    name: 'behind destination options',
    ...six,
    attack: (peer) => peer.send(write(1), { extensions: [stated] }),
    plain: 'executed',
  },
  {
    name: 'behind hop-by-hop options',
    ...six,
    attack: (peer) => peer.send(write(1), { extensions: [{ type: 0, data: new Uint8Array(6) }] }),
    plain: 'executed',
  },
  {
    name: 'behind twelve extension headers',
    ...six,
    attack: (peer) => peer.send(write(1), { extensions: Array.from({ length: 12 }, () => stated) }),
    plain: 'executed',
  },
  {
    name: 'in a fragment that is the whole',
    ...six,
    attack: (peer) => peer.send(write(1), { fragments: cut([], forward) }),
    plain: 'executed',
  },
  {
    name: 'in IPv6 fragments',
    ...six,
    attack: (peer) => peer.send(write(1), { fragments: cut([24], forward) }),
    plain: 'executed',
  },
  {
    name: 'in overlapping IPv6 fragments',
    ...six,
    attack: (peer) => peer.send(write(1), { fragments: overlapping('read') }),
    plain: 'harmless',
  },
  {
    name: 'in IPv6 fragments behind destination options',
    ...six,
    attack: (peer) => peer.send(write(1), { extensions: [stated], fragments: cut([24], forward) }),
    plain: 'executed',
  },
]
