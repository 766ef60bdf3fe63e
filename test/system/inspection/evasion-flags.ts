/** Ways around the inspection by what a segment says of itself: its flags, its place, its options. */
import { asked, head, tail } from './evasion-asked.ts'
import type { Row } from './evasion-row.ts'
import { answerTo, read, refusal, target, write } from './proving-ground.ts'
import { flag } from './raw-peer.ts'

/** RFC 7323, 3.2. */
const stamp = (value: number) =>
  Uint8Array.of(1, 1, 8, 10, value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255, 0, 0, 0, 0)
/** Segment size, SACK permitted, timestamps. */
const opening = Uint8Array.of(2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0)
const stamped = { opening, options: (count: number) => stamp(100 + count) }
/** A SACK block that says nothing true (RFC 2018, 3). */
const sack = Uint8Array.of(1, 1, 5, 10, 0, 0, 1, 0, 0, 0, 2, 0)

export const flags: readonly Row[] = [
  {
    name: 'a byte that the receiver takes out as urgent turns a read into a write',
    attack: (peer) =>
      peer.send(`${head(write(1), 7)}03${tail(write(1), 7)}`, { flags: flag.ack | flag.psh | flag.urg, urgent: 8 }),
    plain: 'executed',
  },
  {
    name: 'data on the SYN',
    opening: write(1),
    attack: (peer) => peer.send(read(2)),
    plain: 'harmless',
  },
  {
    name: 'a SYN far ahead in the midst of the connection, then the command where the receiver stands',
    attack: async (peer) => {
      await asked(peer)
      peer.send('', { at: 40_000, flags: flag.syn })
      await peer.listen(50)
      peer.send(write(2))
    },
    answered: [1],
    plain: 'executed',
  },
  {
    name: 'a SYN far behind in the midst of the connection, then the command where the receiver stands',
    attack: async (peer) => {
      await asked(peer)
      peer.send('', { at: -40_000, flags: flag.syn })
      await peer.listen(50)
      peer.send(write(2))
    },
    answered: [1],
    plain: 'executed',
  },
  {
    name: 'a SYN in the midst of a command, whose rest reads as a command of its own',
    attack: async (peer) => {
      await asked(peer)
      peer.send(head(write(2), 8))
      peer.send('', { at: 19, flags: flag.syn })
      await peer.listen(50)
      // The register, a value of zero, and the rest of a read.
      peer.send(read(target.register))
    },
    answered: [1],
    plain: 'executed',
  },
  {
    name: 'a gap in the midst of a command, filled by what reads as a command of its own',
    attack: async (peer) => {
      await asked(peer)
      peer.send(head(write(2), 8))
      for (let count = 0; count < 5; count++) peer.send(read(3), { at: 32 })
      peer.send(read(target.register), { at: 20 })
    },
    answered: [1],
    plain: 'executed',
  },
  {
    name: 'a reset that the receiver does not believe, then the command',
    attack: async (peer) => {
      await asked(peer)
      peer.send(write(2), { at: 900_000, flags: flag.rst })
      peer.send(write(2), { at: 12 })
    },
    answered: [1],
    plain: 'executed',
    survives: true,
  },
  {
    name: 'data on a reset',
    attack: (peer) => {
      peer.send(read(1))
      peer.send(write(2), { flags: flag.rst | flag.ack })
    },
    plain: 'harmless',
  },
  {
    name: 'the end of the stream in the same segment',
    attack: (peer) => peer.send(read(1) + write(2), { flags: flag.ack | flag.fin | flag.psh }),
    plain: 'executed',
  },
  {
    name: 'data after the end of the stream',
    attack: async (peer) => {
      await asked(peer)
      peer.send('', { flags: flag.ack | flag.fin })
      peer.send(write(2), { at: 13 })
      peer.send(write(2), { at: 12 })
    },
    answered: [1],
    plain: 'harmless',
  },
  {
    name: 'data without an acknowledgement',
    attack: (peer) => {
      peer.send(write(1), { flags: 0, at: 0 })
      peer.send(write(1), { flags: flag.psh, at: 0 })
    },
    plain: 'harmless',
  },
  {
    name: 'a keep-alive with a garbage byte',
    attack: async (peer) => {
      await asked(peer)
      for (let count = 0; count < 3; count++) peer.send('ee', { at: 11, flags: flag.ack })
      peer.send(read(2), { at: 12 })
      peer.send(write(3), { at: 24 })
    },
    answered: [1, 2],
    hears: [refusal(3)],
    plain: 'executed',
    survives: true,
  },
  {
    name: 'acknowledging what the server never sent',
    attack: async (peer) => {
      peer.send(read(1), { ackOff: 50_000 })
      peer.send(write(2), { at: 12, ackOff: 50_000 })
      peer.send(read(1), { at: 0 })
      peer.send(write(2), { at: 12 })
    },
    answered: [1],
    plain: 'executed',
    survives: true,
  },
]

export const options: readonly Row[] = [
  {
    name: 'with timestamps and SACK',
    options: stamped,
    attack: (peer) => {
      peer.send(read(1) + write(2))
      peer.send(read(3))
    },
    answered: [1, 3],
    hears: [refusal(2)],
    plain: 'executed',
    survives: true,
  },
  {
    name: 'a read too old by its timestamp, then the write in its place',
    options: stamped,
    attack: async (peer) => {
      await asked(peer)
      peer.send(read(2), { at: 12, options: stamp(1) })
      peer.send(write(2), { at: 12 })
    },
    answered: [1],
    plain: 'executed',
    survives: true,
  },
  {
    name: 'SACK blocks of a stream that was changed',
    options: { opening: opening.subarray(0, 8) },
    attack: async (peer) => {
      peer.send(read(1) + write(2), { options: sack })
      await peer.hears(answerTo(2))
      peer.send(read(3), { options: sack })
    },
    answered: [1, 3],
    plain: 'executed',
    survives: true,
  },
]
