/** CredSSP inside TLS ([MS-CSSP] 2.2.1): a client that begins it although it was not chosen is told who this is, and refused. */
import { u16be } from '#core/bytes.ts'
import { der, sequence } from '../der.ts'
import { challengeMessage, readNtlm, type Ntlm, type NtlmServer } from '../smb/ntlm.ts'

const version = der(0xa0, der(0x02, Buffer.from([6])))

/** Length of the value at the beginning; 0 while it is not known, -1 when it is no CredSSP. */
export const tsRequestLength = (bytes: Uint8Array): number => {
  const first = bytes[1]
  if (first === undefined) return 0
  if (first < 128) return 2 + first
  const size = first & 127
  if (size === 0 || size > 2) return -1
  if (bytes.length < 2 + size) return 0
  return 2 + size + (size === 1 ? (bytes[2] ?? 0) : u16be(bytes, 2))
}

export const tsChallenge = (server: NtlmServer): Uint8Array =>
  sequence(version, der(0xa1, sequence(sequence(der(0xa0, der(0x04, challengeMessage(server)))))))

/** STATUS_LOGON_FAILURE. */
export const tsRefusal = (): Uint8Array => sequence(version, der(0xa4, der(0x02, Buffer.from('c000006d', 'hex'))))

export const readTsRequest = (bytes: Buffer): Ntlm | undefined => readNtlm(bytes)
