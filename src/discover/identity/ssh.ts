/** SSH's exchange of versions: RFC 4253, 4.2. */
import { sure, type Tell } from './sighting.ts'
import { osIn } from './systems.ts'
import { plainTextAt } from './text.ts'

/** A version line at most; a server may send other lines first, of which this many bytes are looked at. */
const longestLine = 255
const longest = 4096

const versionLine = /(?:^|\n)SSH-(\d\.\d{1,2})-([^\s]{1,200})(?: ([^\r\n]*))?\r?\n/

export const isSsh = (bytes: Uint8Array): boolean => /^SSH-\d/.test(plainTextAt(bytes, 0, 8))

/** @returns whether more of it is wanted */
export const readSsh = (bytes: Uint8Array, fromClient: boolean, tell: Tell): boolean => {
  const [, version = '', software = '', comment = ''] = versionLine.exec(plainTextAt(bytes, 0, longest)) ?? []
  if (version === '') return bytes.length < (fromClient ? longestLine : longest)
  tell('os', osIn(`${software} ${comment}`), sure.banner)
  if (fromClient) return false
  // 1.99 offers both (RFC 4253, 5.1); below it the protocol is broken, which whoever assesses wants to know.
  const isOld = version !== '2.0'
  tell('service', isOld ? `${software} (SSH ${version})` : software, sure.banner)
  if (software.startsWith('Cisco-')) tell('vendor', 'Cisco', sure.banner)
  return false
}
