/** Ways around the inspection by where segments begin, and by the order in which they come. */
import { asked, head, tail } from './evasion-asked.ts'
import type { Row } from './evasion-row.ts'
import { answerTo, read, refusal, write } from './proving-ground.ts'
import type { RawPeer } from './raw-peer.ts'

const bytesOf = (hex: string): string[] => hex.match(/../g) ?? []
const each = (peer: RawPeer, parts: readonly string[]) => {
  for (const part of parts) peer.send(part)
}

export const segments: readonly Row[] = [
  {
    name: 'a command by itself',
    attack: async (peer) => {
      peer.send(write(1))
      await peer.hears(answerTo(1))
      peer.send(read(2))
    },
    answered: [2],
    hears: [refusal(1)],
    plain: 'executed',
    survives: true,
  },
  {
    name: 'pipelined between two reads',
    attack: (peer) => peer.send(read(1) + write(2) + read(3)),
    answered: [1, 3],
    hears: [refusal(2)],
    plain: 'executed',
    survives: true,
  },
  {
    name: 'twenty of them pipelined with twenty reads',
    attack: (peer) =>
      peer.send(Array.from({ length: 20 }, (_, index) => read(100 + index) + write(200 + index)).join('')),
    answered: Array.from({ length: 20 }, (_, index) => 100 + index),
    hears: [refusal(219)],
    plain: 'executed',
    survives: true,
  },
  {
    name: 'segments of one byte',
    attack: async (peer) => {
      await asked(peer)
      each(peer, bytesOf(write(2)))
    },
    answered: [1],
    plain: 'executed',
  },
  {
    name: 'sent again after it was refused',
    attack: async (peer) => {
      await asked(peer)
      for (let count = 0; count < 3; count++) {
        peer.send(write(2), { at: 12 })
        await peer.listen(30)
      }
      peer.send(read(3) + write(4), { at: 24 })
      await peer.listen(30)
      peer.send(write(2) + read(3) + write(4), { at: 12 })
      peer.send(read(5), { at: 48 })
    },
    answered: [1, 3, 5],
    hears: [refusal(2), refusal(4)],
    plain: 'executed',
    survives: true,
  },
  {
    name: 'reads in segments of one byte',
    attack: (peer) => each(peer, bytesOf(read(1) + read(2))),
    answered: [1, 2],
    plain: 'harmless',
    survives: true,
  },
  {
    name: 'split within its header',
    attack: async (peer) => {
      await asked(peer)
      each(peer, [head(write(2), 3), tail(write(2), 3)])
    },
    answered: [1],
    plain: 'executed',
  },
  {
    name: 'its last byte comes with the next command',
    attack: async (peer) => {
      await asked(peer)
      each(peer, [head(write(2), 11), tail(write(2), 11) + read(3)])
    },
    answered: [1],
    plain: 'executed',
  },
]

export const order: readonly Row[] = [
  {
    name: 'its second half comes first',
    attack: (peer) => {
      peer.send(tail(write(1), 6), { at: 6 })
      peer.send(head(write(1), 6), { at: 0 })
      peer.send(tail(write(1), 6), { at: 6 })
    },
    plain: 'executed',
  },
  {
    name: 'three commands in reverse order, then sent again as TCP does',
    attack: async (peer) => {
      const parts = [read(1), write(2), read(3)]
      for (const index of [2, 1, 0]) peer.send(parts[index] ?? '', { at: 12 * index })
      await peer.listen(100)
      for (const index of [0, 1, 2]) peer.send(parts[index] ?? '', { at: 12 * index })
    },
    answered: [1, 3],
    hears: [refusal(2)],
    plain: 'executed',
    survives: false,
  },
  {
    name: 'reads in reverse order, then sent again as TCP does',
    attack: async (peer) => {
      for (const index of [2, 1, 0]) peer.send(read(1 + index), { at: 12 * index })
      await peer.listen(100)
      for (const index of [0, 1, 2]) peer.send(read(1 + index), { at: 12 * index })
    },
    answered: [1, 2, 3],
    plain: 'harmless',
  },
  {
    name: 'overlap: a later piece with other bytes waits in the receiver before the read that fills the gap',
    attack: (peer) => {
      peer.send(tail(write(1), 7), { at: 7 })
      peer.send(head(read(1), 7), { at: 0 })
      peer.send(tail(read(1), 7), { at: 7 })
    },
    plain: 'executed',
  },
  {
    name: 'overlap: a read whose last bytes are those of a write',
    attack: (peer) => {
      peer.send(head(write(1), 7), { at: 0 })
      peer.send(read(1), { at: 0 })
      peer.send(tail(write(1), 7), { at: 7 })
    },
    plain: 'harmless',
  },
  {
    name: 'sent again with differing bytes before it was acknowledged',
    attack: (peer) => {
      peer.send(head(read(1), 7), { at: 0 })
      peer.send(write(1), { at: 0 })
    },
    plain: 'executed',
  },
  {
    name: 'a read with a wrong checksum, then the write in its place',
    attack: (peer) => {
      peer.send(read(1), { at: 0, spoilt: true })
      peer.send(write(1), { at: 0 })
    },
    plain: 'executed',
    survives: true,
  },
  {
    name: 'a write with a wrong checksum, then the read in its place',
    attack: (peer) => {
      peer.send(write(1), { at: 0, spoilt: true })
      peer.send(read(1), { at: 0 })
    },
    answered: [1],
    plain: 'harmless',
    survives: true,
  },
  {
    name: 'far beyond the window, then in its place',
    attack: (peer) => {
      peer.send(write(1), { at: 900_000 })
      peer.send(read(1), { at: 0 })
      peer.send(write(2), { at: 900_012 })
    },
    answered: [1],
    plain: 'harmless',
    survives: true,
  },
  {
    name: 'long before the window',
    attack: async (peer) => {
      peer.send(read(1), { at: 0 })
      await peer.listen(50)
      peer.send(write(2), { at: -5000 })
      peer.send(read(3), { at: 12 })
    },
    answered: [1, 3],
    plain: 'harmless',
    survives: true,
  },
]
