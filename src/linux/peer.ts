import { getsockopt } from './libc.ts'

const SOL_SOCKET = 1
const SO_PEERCRED = 17

/** Who is at the other end of a connected unix socket, as the kernel saw it at connect: unix(7), SO_PEERCRED. */
export interface Peer {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** The peer of a connected unix stream socket; `undefined` where the kernel does not say. */
export const peerOf = (fd: number): Peer | undefined => {
  const credentials = new Uint8Array(12) // struct ucred
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, credentials.length, true)
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, length) < 0) return undefined
  const view = new DataView(credentials.buffer)
  return { pid: view.getInt32(0, true), uid: view.getUint32(4, true), gid: view.getUint32(8, true) }
}
