/** SMB 2 and 3 up to the session that is refused ([MS-SMB2] 2.2.1, 2.2.3 to 2.2.6). */
import { u16le, u32le } from '#core/bytes.ts'
import { challengeToken, fileTime, offeredToken, readNtlm, type NtlmServer } from './ntlm.ts'
import { status, type SmbReply } from './smb1.ts'

const spoken = [0x0311, 0x0302, 0x0300, 0x0210, 0x0202]
export const [negotiate2, sessionSetup2] = [0, 1] as const
const headerLength = 64

const reply = (request: Buffer | undefined, command: number, code: number, session: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(headerLength)
  head.write('\xfeSMB', 'latin1')
  head.writeUInt16LE(headerLength, 4)
  head.writeUInt32LE(code, 8)
  head.writeUInt16LE(command, 12)
  head.writeUInt16LE(1, 14)
  head.writeUInt32LE(1, 16)
  if (request !== undefined) {
    head.writeUInt16LE(u16le(request, 6), 6)
    request.copy(head, 24, 24, 32)
    request.copy(head, 32, 32, 36)
  }
  head.writeUInt32LE(session, 40)
  return Buffer.concat([head, body])
}

export const refused2 = (request: Buffer, code: number): Buffer => {
  // ERROR Response: structure of 9 bytes, of which one stands for none.
  const body = Buffer.alloc(9)
  body.writeUInt16LE(9)
  return reply(request, u16le(request, 12), code, u32le(request, 40), body)
}

const context = (type: number, data: Buffer): Buffer => {
  const head = Buffer.alloc(8)
  head.writeUInt16LE(type)
  head.writeUInt16LE(data.length, 2)
  return Buffer.concat([head, data, Buffer.alloc((8 - (data.length % 8)) % 8)])
}

/** @param request absent: asked for by SMB 1 */
export const negotiated2 = (
  request: Buffer | undefined,
  dialect: number,
  { server, guid }: { server: NtlmServer; guid: Buffer },
): Buffer => {
  const token = offeredToken()
  const body = Buffer.alloc(64)
  body.writeUInt16LE(65)
  // Signing is enabled, not required: a workstation.
  body.writeUInt16LE(1, 2)
  body.writeUInt16LE(dialect, 4)
  guid.copy(body, 8)
  const large = dialect >= 0x0210 && dialect !== 0x02ff ? 0x80_0000 : 0x1_0000
  body.writeUInt32LE(dialect === 0x0202 ? 1 : dialect === 0x0300 || dialect === 0x0302 ? 0x2f : 7, 24)
  for (const at of [28, 32, 36]) body.writeUInt32LE(large, at)
  fileTime(server.now).copy(body, 40)
  body.writeUInt16LE(headerLength + 64, 56)
  body.writeUInt16LE(token.length, 58)
  if (dialect !== 0x0311) return reply(request, negotiate2, status.ok, 0, Buffer.concat([body, token]))
  const pad = Buffer.alloc((8 - (token.length % 8)) % 8)
  const contexts = [
    // SHA-512 with a salt of 32 bytes (2.2.4.1), AES-128-GCM (2.2.4.2).
    context(1, Buffer.concat([Buffer.from([1, 0, 32, 0, 1, 0]), guid, server.challenge, server.challenge])),
    context(2, Buffer.from([1, 0, 2, 0])),
  ]
  body.writeUInt16LE(contexts.length, 6)
  body.writeUInt32LE(headerLength + 64 + token.length + pad.length, 60)
  return reply(request, negotiate2, status.ok, 0, Buffer.concat([body, token, pad, ...contexts]))
}

/** The highest dialect that both speak. */
export const dialectOf = (request: Buffer): number | undefined => {
  const count = Math.min(u16le(request, headerLength + 2), 64)
  const asked = new Set(Array.from({ length: count }, (_, index) => u16le(request, headerLength + 36 + index * 2)))
  return spoken.find((dialect) => asked.has(dialect))
}

export const sessionSetUp2 = (request: Buffer, session: number, server: NtlmServer): SmbReply => {
  const [offset, length] = [u16le(request, headerLength + 12), u16le(request, headerLength + 14)]
  const ntlm = readNtlm(request.subarray(offset, offset + length))
  if (ntlm === undefined) return { send: refused2(request, status.invalid), note: 'session setup' }
  if (ntlm.kind === 'authenticate') {
    const send = refused2(request, ntlm.user === '' ? status.accessDenied : status.logonFailure)
    return { send, note: 'session setup', ...(ntlm.user === '' ? {} : { user: ntlm.user }) }
  }
  const token = challengeToken(server)
  const body = Buffer.alloc(8)
  body.writeUInt16LE(9)
  body.writeUInt16LE(headerLength + 8, 4)
  body.writeUInt16LE(token.length, 6)
  const send = reply(request, sessionSetup2, status.more, session, Buffer.concat([body, token]))
  return { send, note: 'session setup' }
}
