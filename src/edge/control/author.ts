import type { Socket } from 'node:net'
import { type Peer, peerOf } from '#linux/peer.ts'
import { userName } from './accounts.ts'

/** The process at the other end, as the kernel tells it. */
export const peerOfSocket = (socket: Socket): Peer | undefined => {
  // Node keeps the descriptor of a unix socket on its handle and offers no other way to it.
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined
  return typeof handle.fd === 'number' && handle.fd >= 0 ? peerOf(handle.fd) : undefined
}

/**
 * Who an order is recorded as. Only root (sudo, a manager link) may speak for somebody else; everybody else is who the kernel
 * says they are, whatever the request claims.
 */
export const author = (
  peer: Peer | undefined,
  claimed: unknown,
  nameOf: (uid: number) => string = userName,
): string => {
  const said = typeof claimed === 'string' && claimed !== '' ? claimed : undefined
  if (peer === undefined) return said ?? 'unknown'
  if (peer.uid === 0) return said ?? 'root'
  return nameOf(peer.uid)
}
