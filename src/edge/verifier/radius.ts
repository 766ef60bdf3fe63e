/** A password tried by RADIUS PAP (RFC 2865). */
import { randomBytes, randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { Fault } from '#core/errors.ts'
import { accessRequest, codes, responseCode } from './radius-packet.ts'
import { canBeAsked, type PasswordVerifier, type Verdict } from './verifier.ts'

export interface RadiusOptions {
  /** host:port. */
  readonly server: string
  readonly secret: Uint8Array
  /** ms for all of it; half-way the same packet is sent again, which a server knows for a repetition (RFC 5080, 2.2.2). */
  readonly timeout: number
  readonly nas?: string
}

const verdicts: Readonly<Record<number, Verdict>> = {
  [codes.accept]: 'current',
  [codes.reject]: 'wrong',
  // A second factor is asked for: whether the first was right is not said.
  [codes.challenge]: 'not-asked',
}

export const radiusVerifier = ({ server, secret, timeout, nas = 'bulkhead' }: RadiusOptions): PasswordVerifier => {
  const [, host = '', port = ''] = /^(?:\[?([^\]]+?)\]?):(\d{1,5})$/.exec(server) ?? []
  if (host === '' || Number(port) < 1 || Number(port) > 65_535)
    throw new Fault('usage', `the RADIUS server ${server} is no host:port`)
  if (secret.length < 8) throw new Fault('usage', 'the shared secret of RADIUS has fewer than 8 bytes')
  const open = new Set<() => void>()

  const ask = (user: string, password: string): Promise<Verdict> =>
    new Promise((resolve) => {
      const request = { id: randomInt(256), authenticator: randomBytes(16), secret, user, password, nas }
      const packet = accessRequest(request)
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
      const send = (): void => socket.send(packet, () => {})
      const timers: NodeJS.Timeout[] = []
      const finish = (verdict: Verdict): void => {
        if (!open.delete(stop)) return
        for (const timer of timers) clearTimeout(timer)
        socket.close()
        resolve(verdict)
      }
      const stop = (): void => finish('not-asked')
      open.add(stop)
      socket.on('error', stop)
      // Whatever is not proved is not there: the right answer may still come.
      socket.on('message', (bytes) => {
        const code = responseCode(bytes, request)
        const verdict = code === undefined ? undefined : verdicts[code]
        if (verdict !== undefined) finish(verdict)
      })
      timers.push(setTimeout(stop, timeout), setTimeout(send, timeout / 2))
      socket.connect(Number(port), host, (error?: Error) => (error ? stop() : send()))
    })

  return {
    verify: async (user, password) => (canBeAsked(user, password) ? ask(user, password) : 'not-asked'),
    close: () => {
      for (const stop of open) stop()
    },
  }
}
