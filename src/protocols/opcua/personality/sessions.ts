/** CreateSession, ActivateSession and CloseSession: OPC 10000-4, 5.7. */
import { attemptLimit } from '#core/personality.ts'
import { extensionObject, localizedText } from '../values.ts'
import { readText, type Call, type Service, type Session } from './call.ts'
import { endpoints } from './discovery.ts'
import { limits } from './limits.ts'
import { good, status } from './status.ts'
import { numeric } from './writer.ts'

/** ms. */
const shortest = 10_000
const longest = 3_600_000
const anonymousToken = 321
const userNameToken = 324

const nonce = ({ chance }: Call): Uint8Array => {
  const bytes = new Uint8Array(32)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < bytes.length; at += 4) view.setUint32(at, chance())
  return bytes
}

export const createSession: Service = (call) => {
  const { reader, out, sessions, next, chance } = call
  // ApplicationDescription of the client.
  reader.string()
  reader.string()
  localizedText(reader)
  reader.skip(4)
  reader.string()
  reader.string()
  for (let left = reader.count(); left > 0 && reader.step(); left--) reader.string()
  reader.string()
  reader.string()
  call.notes[0] = `${call.notes[0] ?? ''} ${readText(reader)}`
  reader.string()
  reader.string()
  const [low, high] = [reader.u32(), reader.u32()]
  reader.skip(4)
  if (reader.failed) return status.decodingError
  if (sessions.size >= limits.sessions) return status.tooManySessions
  const asked = new DataView(Uint32Array.of(low, high).buffer).getFloat64(0, true)
  const session: Session = { id: next(), active: false, continuations: new Map(), subscriptions: new Map() }
  const token = chance()
  sessions.set(token, session)
  out.node(numeric(session.id, 1)).node(numeric(token, 1))
  out.f64(Math.min(longest, Math.max(shortest, asked > 0 ? asked : longest)))
  // No certificate, hence no signature.
  out.bytes(nonce(call)).u32(-1)
  endpoints(out, call)
  out.u32(-1).u32(-1).u32(-1).u32(limits.message)
  return good
}

const latin1 = new TextDecoder('latin1')

/** UserNameIdentityToken, 7.41.4: what was typed, in the clear where no algorithm is named. */
const typed = ({ reader, attempts }: Call, at: number, to: number): void => {
  const behind = reader.at
  reader.at = at
  reader.string()
  const user = readText(reader).slice(0, attemptLimit)
  reader.string()
  const secret = latin1.decode(reader.bytes.subarray(reader.from, Math.min(reader.to, reader.from + attemptLimit)))
  reader.string()
  const encrypted = reader.to > reader.from
  if (reader.failed || reader.at > to) return
  reader.at = behind
  attempts.push({ user, secret: encrypted ? { kind: 'none' } : { kind: 'password', text: secret } })
}

export const activateSession: Service = (call) => {
  const { reader, out, session } = call
  reader.string()
  reader.string()
  for (let left = reader.count(); left > 0 && reader.step(); left--) {
    reader.string()
    reader.string()
  }
  for (let left = reader.count(); left > 0 && reader.step(); left--) reader.string()
  const binary = extensionObject(reader)
  const type = reader.id.namespace === 0 ? reader.id.number : -1
  if (binary && type === userNameToken) {
    typed(call, reader.from, reader.to)
    call.delay = 500
    return reader.failed ? status.decodingError : status.userAccessDenied
  }
  if (reader.failed) return status.decodingError
  // No token at all is the anonymous one.
  if (type !== 0 && type !== anonymousToken) return status.identityTokenInvalid
  if (session !== undefined) session.active = true
  out.bytes(nonce(call)).u32(-1).u32(-1)
  return good
}

export const closeSession: Service = ({ reader, sessions, token }) => {
  reader.skip(1)
  sessions.delete(token)
  return good
}
