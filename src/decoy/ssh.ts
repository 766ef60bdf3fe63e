/** The SSH server of a decoy: it takes what is typed and never opens a channel. */
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import ssh2, { type Algorithms, type AuthContext, type Connection } from 'ssh2'
import { attemptLimit, printable, type Attempt, type Identity } from '#core/personality.ts'
import type { SshProfile } from '#protocols/ssh/profile.ts'
import { hostKeysOf } from './ssh-keys.ts'

/** ms that somebody has to log in, and before a login is refused. */
const [grace, refusalDelay] = [60_000, 2000] as const
/** Bytes of a client that is refused every login. */
const inputLimit = 256 * 1024

export interface SshContext {
  readonly identity: Pick<Identity, 'address'>
  readonly profile: SshProfile
  /** Secret of the site, 32 bytes, from which host keys follow. */
  readonly secret: Uint8Array
  /** ms before a refusal; 2000 when absent. */
  readonly delay?: number
}

/** As in an answer of a personality. */
export interface SshReport {
  readonly exchanges: number
  readonly attempts?: readonly Attempt[]
  readonly notes?: readonly string[]
}

const algorithmsOf = ({ kex, ciphers, macs, compression, hostKeys }: SshProfile): Algorithms => ({
  kex: [...kex],
  cipher: [...ciphers],
  hmac: [...macs],
  compress: [...compression],
  serverHostKey: [...hostKeys],
})

const cut = (text: string): string => text.slice(0, attemptLimit)
const password = (user: string, text: string): Attempt => ({
  user: cut(user),
  secret: { kind: 'password', text: cut(text) },
})

/** The answer to a prompt, however the client takes it. */
const prompted = (context: AuthContext): Promise<string | undefined> =>
  new Promise((resolve) => {
    if (context.method !== 'keyboard-interactive') return resolve(undefined)
    context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => resolve(answers[0]))
    context.once('abort', () => resolve(undefined))
  })

/**
 * Serves one connection until it ends.
 * @param report what came; a refusal waits for what it returns
 * @returns when the connection has ended; never fails
 */
export const serveSsh = async (
  socket: Socket,
  { identity, profile, secret, delay = refusalDelay }: SshContext,
  report: (came: SshReport) => void | Promise<void>,
): Promise<void> => {
  const ended = new Promise<void>((resolve) => {
    if (socket.destroyed) resolve()
    socket.once('close', () => resolve())
  })
  // What the library throws on hostile bytes must not reach further than this connection.
  const destroy = (): void => void socket.destroy()
  let refused = 0

  const authenticate = async (connection: Connection, context: AuthContext): Promise<void> => {
    const { username, method } = context
    const typed = method === 'password' ? context.password : await prompted(context)
    const isLogin = typed !== undefined
    await report({
      exchanges: 1,
      notes: [`${method} for ${printable(username, 80)}`],
      ...(isLogin ? { attempts: [password(username, typed)] } : {}),
    })
    if (isLogin) await sleep(delay)
    if (socket.destroyed) return
    // Asking what there is costs nothing; keys and passwords count.
    if (method !== 'none' && ++refused >= profile.tries) {
      connection.end()
      return
    }
    context.reject([...profile.methods])
  }

  try {
    const server = new ssh2.Server({
      hostKeys: [...hostKeysOf(secret, identity.address, profile)],
      ident: profile.software,
      algorithms: algorithmsOf(profile),
      ...(profile.banner === undefined ? {} : { banner: profile.banner }),
    })
    server.on('error', destroy)
    server.on('connection', (connection, { header }) => {
      const { software } = header.versions
      Promise.resolve(report({ exchanges: 1, notes: [`version ${printable(software ?? '', 80)}`] })).catch(destroy)
      connection.on('error', destroy)
      connection.on('authentication', (context) => {
        authenticate(connection, context).catch(destroy)
      })
    })
    let input = 0
    socket.on('error', destroy)
    socket.on('data', ({ length }) => {
      input += length
      if (input > inputLimit) destroy()
    })
    const timer = setTimeout(destroy, grace)
    socket.once('close', () => clearTimeout(timer))
    server.injectSocket(socket)
  } catch {
    destroy()
  }
  await ended
}
