/** A Niagara station over Fox: says who it is to everybody, as stations of AX do, and lets nobody in. */
import {
  attemptLimit,
  definePersonality,
  silence,
  type Answer,
  type Attempt,
  type Identity,
  type TalkContext,
} from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { inUnits } from '../units.ts'
import { foxFrame, foxMessage, foxUnit, longestMessage, nonce, vmUuid, type FoxMessage } from './messages.ts'
import type { FoxProfile } from './profile.ts'

const hello = ({ identity, persona }: TalkContext, profile: FoxProfile, id: number): readonly string[] => {
  const text = (value: string): string => filled(value, identity, persona)
  return [
    `fox.version=s:${text(profile.version)}`,
    `id=i:${id}`,
    `hostName=s:${text(profile.hostName)}`,
    `hostAddress=s:${identity.address}`,
    `app.name=s:${text(profile.app)}`,
    `app.version=s:${text(profile.appVersion)}`,
    `vm.name=s:${text(profile.vm)}`,
    `vm.version=s:${text(profile.vmVersion)}`,
    `os.name=s:${text(profile.os)}`,
    `os.version=s:${text(profile.osVersion)}`,
    `station.name=s:${text(profile.station)}`,
    'lang=s:en',
    `timeZone=s:${text(profile.timeZone)}`,
    `hostId=s:${text(profile.hostId)}`,
    `vmUuid=s:${vmUuid(identity)}`,
    `brandId=s:${text(profile.brand)}`,
    'sysInfo=o:bog 61[<bog version="1.0">',
    '<p m="b=baja" t="b:Facets" v=""/>',
    '</bog>',
    ']',
    'authAgentTypeSpecs=s:fox:FoxUsernamePasswordAuthAgent',
  ]
}

/** Names under which clients of several versions send who they are. */
const userNames = ['username', 'userName', 'user', 'name'] as const

const attemptOf = ({ properties }: FoxMessage): Attempt | undefined => {
  const user = userNames.map((name) => properties.get(name)).find((value) => value !== undefined)
  if (user === undefined) return undefined
  const password = properties.get('password')
  return {
    user: user.slice(0, attemptLimit),
    secret: password === undefined ? { kind: 'none' } : { kind: 'password', text: password.slice(0, attemptLimit) },
  }
}

const chanceOf = ({ seed }: Identity, at: number): number => Math.imul(seed ^ Math.floor(at), 0x9e3779b1) >>> 0

export const fox = definePersonality<FoxProfile>({
  service: 'fox',
  transports: ['tcp'],
  open: (context, profile) => {
    const { identity, peer } = context
    /** Own messages are counted from 0. */
    let number = 0
    const taken = (bytes: Uint8Array): Answer => {
      if (bytes.length === 1) return silence
      const message = foxMessage(bytes)
      if (message === undefined) return { send: [], exchanges: 1, close: true, notes: ['no Fox message'] }
      const notes = [`fox ${message.command}`]
      if (message.command === 'hello' && number === 0) {
        const now = context.now()
        const lines = hello(context, profile, 2 + (Math.floor(now / 600_000) % 400))
        const challenge = nonce(peer, now, chanceOf(identity, now))
        const send = [
          foxUnit(number++, -1, 'hello', ...lines),
          foxUnit(number++, -1, 'challenge', 'method=s:digest-md5', challenge),
        ]
        return { send, exchanges: 1, notes }
      }
      const attempt = attemptOf(message)
      const refusal = foxUnit(number++, message.number, 'rejected', 'reason=s:Authentication failed')
      return {
        send: [refusal],
        exchanges: 1,
        close: true,
        notes,
        ...(attempt !== undefined && { attempts: [attempt], delay: 1000 }),
      }
    }
    return { take: inUnits({ longest: longestMessage, frame: foxFrame, answer: taken }) }
  },
})
