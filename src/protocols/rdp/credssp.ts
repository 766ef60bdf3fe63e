/** CredSSP inside TLS ([MS-CSSP] 2.2.1): a client that begins it although it was not chosen is told who this is, and refused. */
import { der, sequence } from '../smb/der.ts'
import { challengeMessage, readNtlm, type Ntlm, type NtlmServer } from '../smb/ntlm.ts'

const version = der(0xa0, der(0x02, Buffer.from([6])))

/** Length of the value at the beginning; `undefined` while it is not known, -1 when it is no CredSSP. */
export const tsRequestLength = (bytes: Buffer): number | undefined => {
  const first = bytes[1]
  if (first === undefined) return undefined
  if (first < 128) return 2 + first
  const size = first & 127
  if (size === 0 || size > 2) return -1
  return bytes.length < 2 + size ? undefined : 2 + size + bytes.readUIntBE(2, size)
}

export const tsChallenge = (server: NtlmServer): Buffer =>
  sequence(version, der(0xa1, sequence(sequence(der(0xa0, der(0x04, challengeMessage(server)))))))

/** STATUS_LOGON_FAILURE. */
export const tsRefusal = (): Buffer => sequence(version, der(0xa4, der(0x02, Buffer.from('c000006d', 'hex'))))

export const readTsRequest = (bytes: Buffer): Ntlm | undefined => readNtlm(bytes)
