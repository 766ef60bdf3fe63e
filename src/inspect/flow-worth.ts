/** What is lost when a conversation is forgotten: it is taken up in its midst, at a place that whoever speaks next may choose. */
import { other, type Flow } from './flow.ts'

/** Nothing more comes of it: a reset that was taken, or both ends said that they send no more. */
const isOver = ({ wasReset, sides: [one, two] }: Flow): boolean => wasReset || (one.ended && two.ended)

/** Both ends have shown themselves, and the server has something of what its client sent: opening many connections does not do that. */
const hasLived = ({ transport, client, sides }: Flow): boolean => {
  const { acks, lastAck, isOpened } = sides[other(client)]
  return transport === 'tcp' && acks && (!isOpened || ((lastAck - sides[client].first) | 0) > 0)
}

/** The server has a part of a message and waits for the rest of it. */
export const isUnfinished = ({ transport, client, backTerms, sides }: Flow): boolean => {
  if (transport !== 'tcp') return false
  for (const side of [0, 1] as const) {
    const { sync, heldLength, parts } = sides[side]
    if ((side === client || backTerms !== undefined) && (parts > 0 || (sync === 'synchronised' && heldLength > 0)))
      return true
  }
  return false
}

/** The higher, the more is lost: nothing but what a new packet tells; what keeps a reset connection from going on; its place; all of it. */
export const worth = { nothing: 0, end: 1, place: 2, all: 3 } as const

export const worthOf = (flow: Flow): number => {
  if (!hasLived(flow) || isOver(flow)) return worth.nothing
  if (flow.dead) return worth.end
  return flow.touched || isUnfinished(flow) ? worth.all : worth.place
}
