/** A device's console over Telnet (RFC 854, 857, 858), up to the login that it refuses. */
import { attemptLimit, definePersonality, type Answer, type Attempt, type TalkContext } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { iac, options, will } from './options.ts'
import type { TelnetProfile } from './profile.ts'

/** ms before a login is refused. */
const refusalDelay = 1000
/** ms that a device of the field runs between two of its restarts, at most: half a year. */
const longestRun = 182 * 86_400_000
/** Echo and suppress-go-ahead. */
const usual = [iac, will, 1, iac, will, 3]

const two = (n: number): string => String(n).padStart(2, '0')
/** How long a decoy claims to run, from its seed: `12 days, 03h:12m:44s`. */
const uptime = (seed: number, now: number): string => {
  const seconds = Math.floor(((now + seed * 1000) % longestRun) / 1000)
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ]
  return `${days} days, ${two(hours)}h:${two(minutes)}m:${two(seconds % 60)}s`
}

export const telnet = definePersonality<TelnetProfile>({
  service: 'telnet',
  transports: ['tcp'],
  hidesInput: true,
  open: ({ identity, persona, now }: TalkContext, profile) => {
    const opening = profile.negotiation ?? usual
    const echoes = opening.some((byte, at) => byte === 1 && opening[at - 1] === will)
    const telnetOptions = options(opening)
    const newline = profile.newline ?? '\r\n'
    const say = (text: string): string =>
      filled(text.replaceAll('{uptime}', uptime(identity.seed, now())), identity, persona).replaceAll('\n', newline)
    const ask = (): string => (profile.asksUser ? say(profile.loginPrompt) : say(profile.passwordPrompt))
    let user: string | undefined = profile.asksUser ? undefined : ''
    let line = ''
    let refused = 0
    let lastWasReturn = false
    let closed = false

    /** A line was typed: what is said to it. */
    const entered = (attempts: Attempt[]): string => {
      const text = line
      line = ''
      if (user === undefined) {
        if (text === '') return newline + ask()
        user = text
        return newline + say(profile.passwordPrompt)
      }
      attempts.push({ user, secret: { kind: 'password', text } })
      user = profile.asksUser ? undefined : ''
      refused++
      if (refused >= (profile.tries ?? 3)) closed = true
      return newline + say(profile.refusal) + (closed ? '' : ask())
    }

    /** One character: what is echoed. */
    const key = (byte: number): string => {
      if (byte === 8 || byte === 127) {
        const had = line.length > 0
        line = line.slice(0, -1)
        return had && user === undefined ? '\b \b' : ''
      }
      // Control-C and control-U begin the line again.
      if (byte === 3 || byte === 21) line = ''
      if (byte < 32 || line.length >= attemptLimit) return ''
      line += String.fromCharCode(byte)
      return user === undefined ? String.fromCharCode(byte) : ''
    }

    return {
      greeting: [Buffer.from(opening), Buffer.from(say(profile.banner) + ask(), 'latin1')],
      take: (bytes): Answer => {
        if (closed) return { send: [], exchanges: 0, close: true }
        const { typed, answer } = telnetOptions.take(bytes)
        const attempts: Attempt[] = []
        let out = ''
        let exchanges = 0
        for (const byte of typed) {
          if (closed) break
          // A line ends with CR LF, CR NUL, or either alone.
          const follows = lastWasReturn && (byte === 10 || byte === 0)
          lastWasReturn = byte === 13
          if (follows) continue
          if (byte === 13 || byte === 10) {
            exchanges++
            out += entered(attempts)
          } else out += echoes ? key(byte) : (key(byte), '')
        }
        const send = [Buffer.from(answer), Buffer.from(out, 'latin1')].filter(({ length }) => length > 0)
        return {
          send,
          exchanges,
          ...(attempts.length > 0 ? { attempts, delay: refusalDelay, notes: attempts.map(() => 'login') } : {}),
          ...(closed ? { close: true as const } : {}),
        }
      },
    }
  },
})
