/** Remote Desktop of a Windows computer without network-level authentication, up to the login that it refuses. */
import { u16be } from '#core/bytes.ts'
import { definePersonality, printable, silence, type Answer, type Attempt } from '#core/personality.ts'
import { challengeOf } from '../challenge.ts'
import { inUnits } from '../units.ts'
import { readClientInfo } from './client-info.ts'
import { confirmed, confirmedTls, readConnectionRequest, refusedWithoutTls } from './connection.ts'
import { readTsRequest, tsChallenge, tsRefusal, tsRequestLength } from './credssp.ts'
import { attached, connectResponse, disconnected, joined, readDomainUnit, readInitial, refusal } from './mcs.ts'
import type { RdpProfile } from './profile.ts'

/** Bytes of one unit, and units of one connection. */
const [unitLimit, unitsLimit] = [8192, 128] as const
/** ms before a login is refused. */
const refusalDelay = 1500

const joinName = (domain: string, user: string): string => (domain === '' ? user : `${domain}\\${user}`)

export const rdp = definePersonality<RdpProfile>({
  service: 'rdp',
  transports: ['tcp'],
  open: (context, profile) => {
    const { identity, now } = context
    const challenge = challengeOf(context, 8)
    let stage: 'connection' | 'mcs' | 'plain' = 'connection'
    let protocols = 0
    let units = 0

    const close = (note: string, ...send: Uint8Array[]): Answer => ({ send, exchanges: 1, notes: [note], close: true })
    const connect = (unit: Buffer): Answer => {
      const request = readConnectionRequest(unit)
      if (request === undefined) return close('no RDP')
      const notes = [`connect${request.user === undefined ? '' : ` as ${printable(request.user, 80)}`}`]
      protocols = request.protocols ?? 0
      if (request.protocols === undefined) {
        stage = 'plain'
        return { send: [confirmed()], exchanges: 1, notes }
      }
      if (protocols === 0) return { ...close(notes[0] ?? '', refusedWithoutTls()), notes }
      stage = 'mcs'
      // Whoever can do more can do TLS: the password comes with it.
      return { send: [confirmedTls()], exchanges: 1, notes, tls: true }
    }
    const login = (attempt: Attempt, ...send: Uint8Array[]): Answer => ({
      ...close('login', ...send),
      attempts: [attempt],
      delay: refusalDelay,
    })
    const domainUnit = (body: Buffer): Answer => {
      const initial = readInitial(body)
      if (initial !== undefined)
        return { send: [connectResponse(initial, profile.version, protocols)], exchanges: 1, notes: ['MCS connect'] }
      const unit = readDomainUnit(body)
      if (unit === undefined || unit.kind === 'disconnect') return close('disconnect')
      if (unit.kind === 'erect') return silence
      if (unit.kind === 'attach') return { send: [attached()], exchanges: 1 }
      if (unit.kind === 'join') return { send: [joined(unit.user, unit.channel)], exchanges: 1 }
      const info = unit.kind === 'send' ? readClientInfo(unit.body) : undefined
      if (info === undefined) return close('disconnect', disconnected())
      const { user, domain, password } = info
      const attempt: Attempt = { user, secret: { kind: 'password', text: password } }
      const answer = login(attempt, refusal(), disconnected())
      return domain === '' ? answer : { ...answer, notes: [`login as ${printable(joinName(domain, user), 80)}`] }
    }
    const ts = (bytes: Buffer): Answer => {
      const ntlm = readTsRequest(bytes)
      if (ntlm?.kind === 'negotiate') {
        const server = { name: identity.name, build: profile.build, now: now(), challenge }
        return { send: [tsChallenge(server)], exchanges: 1, notes: ['CredSSP'] }
      }
      if (ntlm === undefined || ntlm.user === '') return close('CredSSP', tsRefusal())
      return login({ user: ntlm.user, secret: { kind: 'none' } }, tsRefusal())
    }
    const frame = (rest: Uint8Array): number => {
      const isTs = stage === 'mcs' && rest[0] === 0x30
      if (!isTs && rest[0] !== 3) return -1
      if (isTs) return tsRequestLength(rest)
      if (rest.length < 4) return 0
      const length = u16be(rest, 2)
      return length < 7 ? -1 : length
    }
    const answered = (bytes: Uint8Array): Answer => {
      const unit = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      if (++units > unitsLimit) return close('no RDP')
      if (stage === 'connection') return connect(unit.subarray(4))
      // The oldest security would need a key of its own; a computer that requires TLS ends here.
      if (stage === 'plain') return close('MCS connect without TLS')
      if (unit[0] === 0x30) return ts(unit)
      if (unit[5] !== 0xf0) return close('no RDP')
      return domainUnit(unit.subarray(7))
    }
    return { take: inUnits({ longest: unitLimit, frame, answer: answered, otherwise: () => close('no RDP') }) }
  },
})
